"""One warehouse per project, built side by side by processes of their own, adds up to the warehouse of all projects."""

import json
import subprocess
import sys
from datetime import datetime

import duckdb
import pytest
from conftest import REPOSITORY, build
from environments import clean_environment
from test_builds_mirror_the_export import NOT_COMPARED

from projects import projects_of, union_sql, warehouses_in
from sample_export import generate

PUBLIC = sorted(
    path.stem for name in ("marts", "export", "quality") for path in (REPOSITORY / "models" / name).glob("*.sql")
)


def run(folder, *arguments, **environment):
    """Run python -m projects; return the subprocess.CompletedProcess."""
    kept = clean_environment(
        FLARELANE_EXPORT_ROOT=folder / "export", FLARELANE_RECIPIENT_HASH_KEY="a key for tests", **environment
    )
    command = [sys.executable, "-m", "projects", *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, env=kept, capture_output=True, text=True)


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory):
    """A folder with one warehouse of all projects, and one for each, built at once: whole (path), folder (path)."""
    folder = tmp_path_factory.mktemp("projects")
    generate(folder / "export", seed=5, projects=2, days=12, messages_per_day=25, dirt=0.15)
    without_tests = ["--exclude", "resource_type:test", "resource_type:unit_test"]
    # Meant for one warehouse: of two projects each would take the other's place.
    published = {"FLARELANE_PUBLISHED_WAREHOUSE": folder / "published.duckdb"}
    built = run(folder, "build", "--jobs", 2, "--folder", folder / "each", "--", *without_tests, **published)
    assert built.returncode == 0, built.stdout + built.stderr
    return {"whole": build(folder / "export", folder).warehouse, "folder": folder / "each", "root": folder / "export"}


@pytest.fixture(scope="module")
def both(warehouses):
    """A connection that has the whole as the database `whole`, and the union of the others as views."""
    sql = run(warehouses["folder"], "sql", "--folder", warehouses["folder"]).stdout
    with duckdb.connect() as connection:
        connection.execute(sql)
        connection.execute(f"attach '{warehouses['whole']}' as whole (read_only)")
        yield connection


def test_the_processes_ran_side_by_side(warehouses):
    times = []
    for path in warehouses["folder"].glob("*/target/run_results.json"):
        metadata = json.loads(path.read_text())["metadata"]
        times.append([datetime.fromisoformat(metadata[name]) for name in ("invocation_started_at", "generated_at")])
    assert len(times) == 2
    assert max(start for start, _ in times) < min(end for _, end in times)


def test_a_copy_for_readers_is_none_of_a_single_project(warehouses):
    assert not (warehouses["root"].parent / "published.duckdb").exists()


@pytest.mark.parametrize("model", PUBLIC)
def test_the_warehouses_of_projects_add_up_to_the_whole(both, model):
    described = [row[0] for row in both.execute(f"describe whole.main.{model}").fetchall()]
    kept = ", ".join(f'"{name}"' for name in described if name not in NOT_COMPARED)
    one, other = f"from {model}", f"from whole.main.{model}"
    if model == "export_files":
        # What lies outside the projects' folders is of none of them.
        one, other = f"{one} where project_id is not null", f"{other} where project_id is not null"
    elif model == "export_unknown_columns":
        # Counts of files over the projects of a warehouse.
        columns = "source_table, column_name, sum(files) as files, min(first_file) as first_file"
        one = f"from (select {columns} {one} group by source_table, column_name)"
    assert both.execute(f"select count(*) {one}").fetchone()[0] or model == "export_unreadable_files", (
        "nothing to compare"
    )
    for first, second in ((one, other), (other, one)):
        found = both.execute(f"select {kept} {first} except all select {kept} {second}").fetchall()
        assert found == [], first


def test_each_warehouse_holds_its_project_alone(both, warehouses):
    projects = projects_of(warehouses["root"])
    assert len(projects) == 2
    assert list(warehouses_in(warehouses["folder"])) == projects
    for project in projects:
        assert both.execute(f'select distinct project_id from "{project}".main.fct_messages').fetchall() == [(project,)]


def test_ids_that_are_no_names_of_files_find_their_warehouse(tmp_path):
    (tmp_path / "export" / "customer_events" / "projectid=a%2Fb%22%20c").mkdir(parents=True)
    assert projects_of(tmp_path / "export") == ['a/b" c']
    path = tmp_path / "each" / "a%2Fb%22%20c" / "warehouse.duckdb"
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table campaign_funnel as select 1 as messages")
    assert warehouses_in(tmp_path / "each") == {'a/b" c': path}
    with duckdb.connect() as connection:
        connection.execute(union_sql(warehouses_in(tmp_path / "each")))
        assert connection.execute("from campaign_funnel").fetchall() == [('a/b" c', 1)]


def test_a_project_that_fails_is_named_and_stops_no_other(tmp_path):
    result = run(tmp_path, "build", "x", "--folder", tmp_path / "each", "--", "--no-such-option")
    assert result.returncode == 1
    assert f"x: dbt exited with 2, see {tmp_path / 'each' / 'x' / 'output.txt'}" in result.stdout
