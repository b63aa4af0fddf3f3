"""Builds on Spark that are killed while they write, and the next plain one, make what one build on DuckDB makes."""

import os
import shutil
import signal
import subprocess
import time

import pytest
from test_builds import BUILD, EXPORT, arguments_of, compare, dbt, hold_back, make_export

# Longer than a write takes to begin on a busy machine.
START_SECONDS = 120
# The tables to be killed at, in the order in which a build comes to them: the ledger, a record of what was built, the
# part of the ledger whose files are loaded, a table whose rows come from the export, and one that reads itself.
LOADED = "export_files select * from flarelane.export_files__new_rows_of_crm_events"
TABLES = ["export_files", "partition_builds", LOADED, "int_event_links", "int_messages"]


def kill_while_writing(folder, table, environment=None):
    """Kill dbt and its Java process while they write a table (str), which more of the statement may follow.

    folder, environment: of the build, see arguments_of().
    """
    rows = folder / "warehouse/tables/flarelane.db" / table.split()[0]
    kill_at(folder, f"insert overwrite flarelane.{table} ", lambda: is_half_written(rows), environment)


def kill_at(folder, statement, is_reached, environment, times=1):
    """Kill dbt and its Java process at a statement of which a line begins so (str), once a function says so.

    folder, environment: of the build, see arguments_of(). times: at which of such statements, counted from 1.
    """
    process = subprocess.Popen(
        **arguments_of(".venv-spark", "spark", folder, "--log-level", "debug", *BUILD, environment=environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    printed = []
    for line in process.stdout:
        printed.append(line)
        times -= statement in f"{line.rstrip()} "
        if not times:
            break
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end and not is_reached():
        time.sleep(0.005)
    was_reached = is_reached()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    # Ends once dbt and Java are gone: each holds the other end. Executors of a cluster go when Java does.
    printed.extend(process.stdout)
    assert process.wait() == -signal.SIGKILL, "".join(printed)[-5000:]
    assert was_reached


def is_half_written(rows):
    """Whether a folder of a table's rows (Path) has files that are not in their place yet."""
    return (rows / "_temporary").exists() or any(rows.glob(".spark-staging*"))


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """The folders of a build on DuckDB and of those on Spark: one, those that are killed, and one after a change."""
    folder = tmp_path_factory.mktemp("kills")
    make_export(folder, messages_per_day=10, days=6)
    hold_back(folder / EXPORT, folder / "held", "2026-09-06")
    dbt(".venv-spark", "spark", folder / "spark", *BUILD)
    shutil.copytree(folder / "held", folder / EXPORT, dirs_exist_ok=True)
    for table in TABLES:
        kill_while_writing(folder / "spark", table)
        if table == LOADED:
            # As if killed a moment later: what was there is removed, and what takes its place is not there yet.
            shutil.rmtree(folder / "spark/warehouse/tables/flarelane.db/export_files/source_table=crm_events")
    dbt(".venv-spark", "spark", folder / "spark", *BUILD)
    dbt(".venv", "warehouse", folder / "duckdb", *BUILD)
    return folder / "duckdb", folder / "spark"


def test_after_kills_spark_holds_the_rows_that_duckdb_holds(builds):
    on_duckdb, on_spark = builds
    compare(on_spark, on_duckdb)


def test_no_half_written_files_stay(builds):
    """A killed model is rebuilt whole, over all that lies in its table's folder."""
    _, on_spark = builds
    models = set(TABLES) - {"partition_builds", LOADED}
    assert [name for name in models if is_half_written(on_spark / "warehouse/tables/flarelane.db" / name)] == []
