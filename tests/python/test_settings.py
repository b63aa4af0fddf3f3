"""What is said of a build before it begins: misspelt variables, another hash key, inputs that are not there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import REPOSITORY, write_rows
from environments import clean_environment
from forked_dbt import ForkedDbt

LEDGER = ("--select", "+export_files")
HASHES = ("--select", "+base_flarelane__crm_rows")
LONG_KEY = "0123456789abcdef"


class Place:
    """A small export, dbt on it, and its warehouse."""

    def __init__(self, folder):
        self.export, self.warehouse = folder / "export", folder / "warehouse.duckdb"
        write_rows(self.export, "crm_events", "shop", "2026-09-01", [{"id": "1", "recipient": "01001234567"}])
        self.dbt = ForkedDbt(folder)

    def run(self, *arguments, succeeds=True, key=LONG_KEY, **options):
        """Run dbt build, or options["command"]; return what it printed (str)."""
        env = {"FLARELANE_RECIPIENT_HASH_KEY": key} | options.pop("env", {})
        process = self.dbt.start(self.export, self.warehouse, arguments=arguments, env=env, **options)
        process.join()
        output = self.dbt.output()
        assert (process.exitcode == 0) == succeeds, output[-6000:]
        assert "Traceback" not in output
        return output

    def setting_of_duckdb(self, name, **options):
        """Return what dbt prints (str) when it shows a setting of DuckDB, with some memory used. options: of run()."""
        shown = f"select current_setting('{name}') as setting, count(*) as rows from range(100000) group by all"
        return self.run("--inline", shown, command="show", **options)

    def relations(self):
        """The tables and views of the warehouse (set of str)."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}

    def hashes(self):
        """The recipient hashes of the warehouse (list of str)."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute("select recipient_hash from base_flarelane__crm_rows").fetchall()


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A place in which no build gets to build anything."""
    return Place(tmp_path_factory.mktemp("empty"))


# ------------------------------------------------------------------------------------------ misspelt variables


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("start_dat", "start_date"),
        ("START_DATE", "start_date"),
        ("enddate", "end_date"),
        ("project", "project_ids"),
        ("timezone", "reporting_timezone"),
        ("message_window", "message_window_days"),
        ("expose_recipent", "expose_recipients"),
        ("colum_rule_eror_above", "column_rule_error_above"),
    ],
)
def test_a_misspelt_variable_stops_the_build_with_the_name_that_was_meant(empty, name, meant):
    output = empty.run(*LEDGER, vars={name: "2026-09-02"}, succeeds=False)
    assert f"There is no variable {name}, which is set on --vars. Did you mean {meant}?" in output
    assert not empty.warehouse.is_file() or empty.relations() == set()


def test_a_variable_that_no_package_could_mean_stops_too(empty):
    output = empty.run(*LEDGER, vars={"it's \x1b[31m": 1}, succeeds=False)
    assert "There is no variable it's \\x1b[31m, which is set on --vars. The variables are export_root, " in output


def test_the_names_that_are_known_are_those_of_the_project():
    [names] = re.findall(r"return\(\[(.+?)\]\)", (REPOSITORY / "macros/export/check_variables.sql").read_text(), re.S)
    project = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text())
    assert sorted(re.findall(r"'(\w+)'", names)) == sorted(project["vars"])
    page = (REPOSITORY / "docs/settings.md").read_text()
    assert [name for name in project["vars"] if f"`{name}`" not in page] == []


def test_every_environment_variable_is_documented():
    """Those of profiles, macros and plugins; the tests' and tools' own are not a reader's affair."""
    sources = [REPOSITORY / "profiles.yml", *REPOSITORY.glob("macros/**/*.sql"), *REPOSITORY.glob("plugins/*.py")]
    names = {name for path in sources for name in re.findall(r"FLARELANE_[A-Z0-9_]*[A-Z0-9]", path.read_text())}
    pages = (REPOSITORY / "docs/settings.md").read_text() + (REPOSITORY / "docs/s3.md").read_text()
    assert len(names) > 8
    assert sorted(name for name in names if f"`{name}`" not in pages) == []


@pytest.fixture(scope="module")
def root_project(tmp_path_factory):
    """Run dbt in a project that has this one as a package, without its models: function of vars and --vars."""
    folder = tmp_path_factory.mktemp("root")
    package = folder / "dbt_packages" / "flarelane"
    package.mkdir(parents=True)
    shutil.copytree(REPOSITORY / "macros", package / "macros")
    shutil.copy(REPOSITORY / "dbt_project.yml", package)
    (package / "models").mkdir()
    shutil.copy(REPOSITORY / "models/groups.yml", package / "models")
    other = folder / "dbt_packages" / "weather"
    other.mkdir()
    (other / "dbt_project.yml").write_text(
        "{name: weather, version: '1.0', vars: {start_dat: '', weather: {end_dat: ''}}}"
    )
    (folder / "models").mkdir()
    (folder / "models" / "days.sql").write_text("select '{{ var('end_dates', 1) }}' as day")
    profile = (REPOSITORY / "profiles.yml").read_text().replace("[plugins]", f"['{REPOSITORY / 'plugins'}']")
    (folder / "profiles.yml").write_text(profile)

    def run(in_project, on_command_line):
        project = {"name": "shop", "version": "1.0", "profile": "flarelane", "vars": in_project}
        (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        done = subprocess.run(
            [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "run", "--select", "days", "--vars",
             yaml.safe_dump(on_command_line)],
            cwd=folder, env=clean_environment(FLARELANE_WAREHOUSE=folder / "w.duckdb"),
            capture_output=True, text=True,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize(
    ("in_project", "on_command_line", "said"),
    [
        # Nobody's that is near to one of ours.
        ({}, {"project_id": 5}, "no variable project_id, which is set on --vars. Did you mean project_ids?"),
        ({"export_rot": "x"}, {}, "no variable export_rot, which is set in dbt_project.yml. Did you mean export_root?"),
        # Below our name it can only be ours.
        ({"flarelane": {"moon": 1}}, {}, "no variable moon, which is set in dbt_project.yml. The variables are"),
        # Declared by another package, read by the root's model, below another package's name, near to nothing.
        (
            {"weather": {"start_daty": 1}, "sun": 1, "end_dates": 2, "flarelane": {"start_date": "2026-09-01"}},
            {"start_dat": 1, "end_dat": 1, "end_dates": 3, "moon": 1, "project_ids": ["shop"]},
            None,
        ),
    ],
)  # fmt: skip
def test_a_variable_of_another_package_is_none_of_ours(root_project, in_project, on_command_line, said):
    code, output = root_project(in_project, on_command_line)
    if said is None:
        assert code == 0, output
    else:
        assert code != 0 and said in output, output


# ------------------------------------------------------------------------------------------ what readers see


@pytest.mark.parametrize(
    ("vars", "said"),
    [
        ({"published_models": "marts"}, "published_models is 'marts'; it must be a list such as [public] or [marts]"),
        ({"published_models": ["public", "mart"]}, "folders of models; no model has 'mart'"),
        ({"state_schema": 5}, "state_schema is '5'; it must be the name of a schema"),
    ],
)
def test_what_makes_no_sense_for_readers_stops_the_build(empty, vars, said):
    assert said in empty.run(*LEDGER, vars=vars, succeeds=False)
    assert not empty.warehouse.is_file() or empty.relations() == set()


# ------------------------------------------------------------------------------------------ the key for hashes


DIFFERS = "The key for recipient hashes (FLARELANE_RECIPIENT_HASH_KEY) differs from that of the last build"


def test_another_key_is_said_before_any_hash_changes(place):
    assert DIFFERS not in place.run(*HASHES)
    before = place.hashes()
    assert DIFFERS not in place.run(*HASHES)
    output = place.run(*HASHES, key="another key, long enough")
    assert 0 < output.index(DIFFERS) < output.index(" START sql ")
    assert place.hashes() != before
    assert DIFFERS not in place.run(*LEDGER), "a run that loads no row changes no hash"
    assert DIFFERS in place.run(*HASHES)
    assert place.hashes() == before, "the old key brings the old hashes back"
    (place.export / ".sample_export.json").write_text("{}")
    output = place.run(*HASHES, key="")
    assert "(FLARELANE_RECIPIENT_HASH_KEY, not set: the sample's demo key) differs from that of the last" in output


def test_the_first_key_after_the_sample_is_no_other_key(place):
    (place.export / ".sample_export.json").write_text("{}")
    place.run(*HASHES, key="")
    (place.export / ".sample_export.json").unlink()
    assert DIFFERS not in place.run(*HASHES)
    assert DIFFERS in place.run(*HASHES, key="another key, long enough")


@pytest.mark.parametrize(
    ("key", "warns"), [("0123456789abcde", True), (LONG_KEY, False), ("열여섯 글자가 넘는 한글 열쇠말", False)]
)
def test_a_key_that_can_be_guessed_warns(place, key, warns):
    output = place.run(*HASHES, key=key)
    assert ("has 15 characters. A key of fewer than 16 can be guessed" in output) == warns
    assert key not in output


# ------------------------------------------------------------------------------------------ inputs


def test_a_model_without_its_inputs_stops_with_what_to_add(empty):
    output = empty.run("--select", "campaign_funnel", succeeds=False)
    assert "read by model campaign_funnel. Build what they read too, `dbt build --select +campaign_funnel`" in output
    assert "int_funnel_messages" in output and "Catalog Error" not in output
    output = empty.run("--select", "campaign_funnel", "fct_messages", succeeds=False, command="run")
    assert (
        "`dbt build --select +campaign_funnel +fct_messages`" in output or "+fct_messages +campaign_funnel`" in output
    )
    output = empty.run("--select", "resource_type:model,tag:nothing", "marts", succeeds=False)
    assert re.search(r"read by models (\w+, ){2}\w+ and \d+ more\. Build everything, `dbt build`\.", output)


def test_a_run_before_the_seeds_says_dbt_seed(place):
    output = place.run(command="run", succeeds=False)
    said = r"Not in the warehouse: seeds .*source_columns.*, read by models .*export_files.*Run `dbt seed` first"
    assert re.search(said, output), output
    assert place.relations() == set()
    place.run(command="seed")
    place.run("--select", "export_files", command="run")
    assert "source_columns" in place.relations()
    place.run(*HASHES)
    place.run("--select", "base_flarelane__crm_rows", command="run")


# ------------------------------------------------------------------------------------------ names in the log


def test_no_name_of_a_file_reaches_the_terminal_raw(place):
    folder = next(place.export.glob("crm_events/*/*"))
    (folder / "bad\x1b[31m\u202e.parquet").write_bytes(b"no Parquet at all")
    shutil.copy(folder / "part-00000.parquet", folder / "good\x07.parquet")
    write_rows(place.export, "crm_events", "a\x1b[2Jb", "2026-09-01", [{"id": "2"}], columns=["id", "odd\x1b[1m"])
    (place.export / "crm_events" / "projectid=\x1b[5m" / "date=2026-09-02").mkdir(parents=True)
    output = place.run(*LEDGER)
    for said in ("bad\\x1b[31m\\u202e.parquet", "Column odd\\x1b[1m", "projectid=\\x1b[5m"):
        assert said in output
    assert set(re.findall("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", output)) <= {"\n"}


@pytest.mark.parametrize(
    ("vars", "said"),
    [
        ({"message_window_days": "30"}, "message_window_days is '30'; it must be a whole number of days from 0 to"),
        ({"message_window_days": 1_000_000_000}, "message_window_days is '1000000000'; it must be a whole number of"),
        ({"batch_bytes": "2GB"}, "batch_bytes is '2GB'; it must be a whole number above 0"),
        ({"batch_rows": 0}, "batch_rows is '0'; it must be a whole number above 0"),
    ],
)
def test_what_is_no_number_stops_the_build(empty, vars, said):
    assert said in empty.run(*LEDGER, vars=vars, succeeds=False)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"FLARELANE_THREADS": "two"}, "FLARELANE_THREADS is 'two'; it must be a whole number, 0 for one per core."),
        ({"FLARELANE_ACCESS_MODE": "read_only"}, "FLARELANE_ACCESS_MODE is read_only, and `dbt build` writes."),
        ({"FLARELANE_ACCESS_MODE": "readonly"}, "FLARELANE_ACCESS_MODE is 'readonly'; it must be one of automatic,"),
    ],
)
def test_an_environment_that_makes_no_sense_stops_the_build(empty, env, said):
    output = empty.run(*LEDGER, env=env, succeeds=False)
    assert said in output and "Traceback" not in output


# The last is more than a machine has: a region for half of it would abort the process.
@pytest.mark.parametrize("limit, of_duckdb", [("4GB", "3.2 GiB"), ("2 GiB", "1.7 GiB"), ("100TB", "79.5 TiB")])
def test_a_part_of_the_memory_is_left_to_what_duckdb_does_not_count(place, limit, of_duckdb):
    assert of_duckdb in place.setting_of_duckdb("memory_limit", env={"FLARELANE_MEMORY_LIMIT": limit})


def test_a_memory_limit_that_is_no_size_is_said(place):
    said = place.setting_of_duckdb("memory_limit", env={"FLARELANE_MEMORY_LIMIT": "4 parsecs"}, succeeds=False)
    assert "FLARELANE_MEMORY_LIMIT is '4 parsecs'; it must be a size such as 4GB." in said


def test_files_of_a_folder_are_not_kept_in_memory(place):
    assert "False" in place.setting_of_duckdb("enable_external_file_cache")


def test_times_are_in_utc_wherever_a_build_runs(place):
    """DuckDB's own default is the machine's time zone, which it calls Etc/UTC where that is UTC."""
    assert re.search(r"\|\s*UTC\s*\|", place.setting_of_duckdb("TimeZone"))
