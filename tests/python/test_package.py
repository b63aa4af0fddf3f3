"""Another project builds on this one as its package: `integration_tests`, with a copy of the package that changes.

`make test-dbt-next` runs it with the next version of dbt.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY
from environments import dbt_environment

from sample_export import generate

PARTS = ["dbt_project.yml", "models", "macros", "seeds", "tests", "analyses", "plugins", "assets", "integration_tests"]


class Consumer:
    """The project of integration_tests in a folder of its own, beside a copy of the package."""

    def __init__(self, folder):
        self.package, self.warehouse = folder / "package", folder / "warehouse.duckdb"
        self.package.mkdir()
        # Not the tests of this repository: dbt reads what lies in `tests`.
        leave_out = shutil.ignore_patterns("__pycache__", "target", "logs", "dbt_packages")
        for part in PARTS:
            if (REPOSITORY / part).is_dir():
                shutil.copytree(REPOSITORY / part, self.package / part, ignore=leave_out)
            else:
                shutil.copy(REPOSITORY / part, self.package / part)
        for tests in ("python", "spark"):
            shutil.rmtree(self.package / "tests" / tests)
        self.environment = dbt_environment(folder, folder / "export", FLARELANE_WAREHOUSE=self.warehouse)

    def run(self, *arguments, refused='["Deprecations"]'):
        """Run dbt in the project; return its CompletedProcess. refused: the warnings that are errors, as JSON."""
        warnings = ["--warn-error-options", f'{{"error": {refused}}}', "--show-all-deprecations"]
        command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *warnings, *arguments]
        return subprocess.run(
            command, cwd=self.package / "integration_tests", env=self.environment, capture_output=True, text=True
        )

    def dbt(self, *arguments):
        """Run dbt in the project; return what it printed (str), and fail unless it succeeds."""
        run = self.run(*arguments)
        assert run.returncode == 0, run.stdout[-4000:] + run.stderr
        return run.stdout

    def ask(self, query):
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def consumer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("consumer")
    generate(folder / "export", seed=4, projects=2, days=6, messages_per_day=40, dirt=0, late_files=False)
    made = Consumer(folder)
    made.dbt("deps")
    # The first time, so all is read; the runs behind it take it up.
    made.read = made.run("parse", refused='"all"')
    made.built = made.dbt("build")
    return made


def test_it_builds_in_its_schemas_with_all_tests(consumer):
    assert "ERROR=0" in consumer.built and "exposure" not in consumer.built
    schemas = dict(consumer.ask("select table_name, table_schema from information_schema.tables"))
    expected = {
        "main": ["reached_by_channel"],
        "crm_state": ["model_builds", "partition_scope", "unfinished_models"],
        "main_crm": ["fct_messages", "export_files", "column_rule_results"],
        "main_crm_staging": ["base_flarelane__crm_rows", "stg_flarelane__sms_events"],
        "main_crm_intermediate": ["int_messages", "partitions_this_run"],
        "main_crm_seeds": ["channels"],
    }
    assert {
        schema: [name for name in names if schemas[name] == schema] for schema, names in expected.items()
    } == expected
    # Earlier rows are given in the unit tests of models that read what a model holds from the run before.
    assert "PASS threads_this_run::" in consumer.built


def test_its_own_mart_counts_messages_by_the_zone_that_it_sets(consumer):
    counted = consumer.ask("select sum(reached_messages) from reached_by_channel")
    assert counted == consumer.ask("select count(*) from main_crm.fct_messages where is_reached")
    assert counted[0][0] > 0
    assert consumer.ask("""
        select count(*) from main_crm.fct_messages
        where message_date <> cast(message_at + interval 9 hours as date)
    """) == [(0,)]


def test_dbt_warns_of_nothing_when_it_reads_the_project(consumer):
    assert consumer.read.returncode == 0, consumer.read.stdout[-4000:] + consumer.read.stderr


def test_a_second_build_finds_every_model_of_the_package_unchanged(consumer):
    again = consumer.dbt("run")
    done = re.findall(r"OK created sql .* model \w+\.(\w+) .*\[(\w+)", again)
    # What it builds each time: the project's own table, and the list of the export's files.
    built = {name for name, status in done if status != "UNCHANGED"}
    assert built == {"reached_by_channel", "export_files"} and len(done) > 70


def test_a_macro_of_the_package_that_changed_rebuilds_what_uses_it(consumer):
    macro = consumer.package / "macros/engine/duckdb/microseconds_between.sql"
    macro.write_text(macro.read_text().replace("%}", "%}/* another text */", 1))
    changed = consumer.dbt("run")
    assert "int_messages: its code or settings changed" in changed
    assert "int_event_links: its code or settings changed" not in changed
