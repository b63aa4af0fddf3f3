"""What the tests share: write a small export by hand, run dbt on an export, read the warehouse."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from contract_reference import CRM_COLUMNS, CUSTOMER_COLUMNS, words
from environments import dbt_environment
from forked_dbt import ForkedDbt
from xdist.scheduler import LoadScopeScheduling

from sample_export import generate

REPOSITORY = Path(__file__).parents[2]
# More bytes than all tests leave behind.
ROOM = 8_000_000_000
COLUMN_TYPES = {"is_advertisement": "boolean", "iam_dont_show_minutes": "integer"}


@dataclass
class Build:
    """One run of dbt build: exit code, what it printed, the warehouse (path) and the export that it read."""

    returncode: int
    output: str
    warehouse: Path
    export_root: Path

    def rows(self, query):
        """Return the rows of a query on the warehouse (list of dict)."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            result = connection.execute(query)
            names = [column[0] for column in result.description]
            return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def build(
    export_root, tmp_path, vars=None, select=None, check=True, env=None, tests=False, artifacts=False, goals=None,
    from_command_line=False,
):  # fmt: skip
    """Run dbt build on an export and return a Build.

    tmp_path: folder for the warehouse and dbt's files; the same folder again builds on the same warehouse.
    vars: dict of dbt variables. select: str of dbt's --select. check: fail the test unless dbt exits with 0.
    env: environment variables (dict) to add or change. tests: run the data tests too.
    artifacts: let dbt write its log, run results and manifest. goals: a file (path) in place of
    seeds/conversion_goals.csv. from_command_line: with all that dbt leaves behind, its parsed project among it, and
    without goals; that is slower.
    """
    warehouse = Path(tmp_path) / "warehouse.duckdb"
    if not from_command_line:
        dbt = ForkedDbt(tmp_path, artifacts)
        arguments = ["--select", *select.split()] if select else []
        process = dbt.start(export_root, warehouse, vars=vars, arguments=arguments, env=env, tests=tests, goals=goals)
        process.join()
        assert not check or process.exitcode == 0, f"dbt build failed:\n{dbt.output()[-6000:]}"
        return Build(process.exitcode, dbt.output(), warehouse, Path(export_root))

    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build", "--vars", json.dumps(vars or {})]
    command += ["--select", *select.split()] if select else []
    command += ["--exclude", "resource_type:unit_test", *([] if tests else ["resource_type:test"])]
    environment = dbt_environment(Path(tmp_path), export_root, FLARELANE_WAREHOUSE=warehouse)
    run = subprocess.run(command, cwd=REPOSITORY, env=environment | (env or {}), capture_output=True, text=True)
    output = run.stdout + run.stderr
    assert not check or run.returncode == 0, f"dbt build failed:\n{output[-6000:]}"
    return Build(run.returncode, output, warehouse, Path(export_root))


GOAL_COLUMNS = words(
    "goal project_id event_type property_path property_value window_hours basis amount_path quantity_path currency"
)


def write_goals(path, goals):
    """Write a file of conversion goals. goals: list of dict; a column that is missing is empty."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, GOAL_COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(goals)


def read_goals(path=REPOSITORY / "seeds/conversion_goals.csv"):
    """Return the goals of a file (list of dict)."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(root, table, project_id, date, rows, name="part-00000.parquet", columns=None):
    """Write one Parquet file of an export and return its path. rows: list of dict. columns: the file's, in order."""
    columns = columns or (CRM_COLUMNS if table == "crm_events" else CUSTOMER_COLUMNS)
    path = Path(root) / table / f"projectid={project_id}" / f"date={date}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    structure = json.dumps([{column: COLUMN_TYPES.get(column, "varchar") for column in columns}])
    text = json.dumps([{column: row.get(column) for column in columns} for row in rows])
    duckdb.execute(
        f"copy (select unnest(from_json($text, '{structure}'), recursive := true)) to $path (format parquet)",
        {"text": text, "path": str(path)},
    )
    return path


# How `pytest -n` shares the tests out. xdist's own --dist loadgroup does nothing with this pytest (pytest-xdist #1386).
# These files read one warehouse, sample_build: one worker has them all, so that it is built once.
OF_THE_SAMPLE = ["test_site", "test_docs", "test_metrics", "test_analyses", "test_report", "test_benchmarks"]
# The tests of these files share nothing that takes long to make: each goes to the worker that is free.
OF_THEIR_OWN = ["test_builds_survive_kills", "test_builds_mirror_the_export", "test_concurrent_use"]
# What is long is started first, so that it does not keep one worker busy alone at the end; the other files come last.
ORDER = [*OF_THE_SAMPLE, *OF_THEIR_OWN, "test_s3", "test_export_problems", "test_against_reference"]


def share_of(nodeid):
    """What is run by one worker together with a test, without a break (str)."""
    file, _, test = nodeid.partition("::")
    name = Path(file).stem
    if name in OF_THE_SAMPLE:
        return "sample_build"
    if name in OF_THEIR_OWN:
        return nodeid
    if name == "test_against_reference":
        # The export comes first in the brackets.
        export = test.partition("[")[2].partition("-")[0]
        return "sample_build" if export == "sample" else f"{name} {export}"
    return file


def pytest_configure(config):
    """Keep what tests write in memory where there is room for it: each commit of a build waits for the disk."""
    memory = Path("/dev/shm")
    if config.getoption("basetemp") or "PYTEST_DEBUG_TEMPROOT" in os.environ or not os.access(memory, os.W_OK):
        return
    if shutil.disk_usage(memory).free > ROOM:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(memory)


def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(ORDER)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    class Shares(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return share_of(nodeid)

    # By default xdist begins with what has the most tests.
    config.option.loadscopereorder = False
    return Shares(config, log)


class MadeOnce:
    """A folder that many tests begin with and change: made once, and put back at its path, which a warehouse holds.

    folder: path of the folder, complete.
    """

    def __init__(self, folder):
        self.folder, self.kept = Path(folder), Path(folder).with_name(f"{Path(folder).name}-as-made")
        shutil.copytree(self.folder, self.kept)

    def put_back(self):
        """Put the folder back as it was made, files with their times, and return its path."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)
        return self.folder


@pytest.fixture(scope="session")
def sample_build(tmp_path_factory):
    """A warehouse built once from a small, dirty sample export. Read it; do not build on it."""
    folder = tmp_path_factory.mktemp("sample")
    generate(folder / "export", seed=1, projects=2, days=40, messages_per_day=15, dirt=0.1)
    return build(folder / "export", folder, from_command_line=True)
