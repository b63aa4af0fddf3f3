"""On Delta and Iceberg tables, too, Spark holds what DuckDB holds: after changes, kills, and another forget list.

The jars of either come from Maven, or from the files that FLARELANE_SPARK_JARS names.
"""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_builds import BUILD, EXPORT, DbtOnSpark, arguments_of, change, dbt, hold_back, make_export
from test_kills import kill_at

FORMATS = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("delta", "iceberg")]
DATES = "2026-09-02", "2026-09-03", "2026-09-05"
FORGOTTEN = "m1000000"
TABLES = "warehouse/tables/flarelane.db"
# Tables that are written date by date, and the column of it.
DATE_OF = {
    "base_flarelane__crm_rows": "partition_date",
    "int_thread_events": "event_date",
    "int_event_links": "event_date",
    "int_messages": "first_event_date",
}
# Where builds are killed, in the order in which a build comes to them: while the ledger is written; when the rows of a
# model and its partitions are recorded, and its code is not; at the ledger, when files are loaded; while a model is
# written; when its rows are there, and no record of them (the partitions were recorded when it began, too). Each is a
# statement, at which time it comes, counted from 1, and a table to wait for files of.
KILLS = [
    ("insert into flarelane.export_files replace where source_table is null", 1, "export_files"),
    ("insert into flarelane.model_builds replace where model = 'base_flarelane__crm_rows'", 1, None),
    ("insert into flarelane.export_files replace where source_table = 'crm_events'", 1, None),
    ("insert into flarelane.int_event_links replace where", 1, "int_event_links"),
    ("insert into flarelane.partition_builds replace where model = 'int_messages'", 2, None),
]


def is_half_written(table, before):
    """Whether the folder of a table (Path) has new files with rows, which no transaction has brought in.

    before: what files_in() said when the build began.
    """
    rows, log = files_in(table)
    return rows > before[0] and log == before[1]


def files_in(table):
    """Return the files in the folder of a table (Path) that hold rows, and those of its log: two sets of Path."""
    log = {*table.glob("_delta_log/*.json"), *table.glob("metadata/*.metadata.json")}
    return {path for path in table.rglob("*.parquet") if path.parent.name != "_delta_log"}, log


def places_of(text, folder):
    """Return the files (list of Path) in a folder in which a text stands, or can stand: half-written ones."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.stat().st_size:
            continue
        if path.suffix == ".parquet":
            try:
                content = str(pq.ParquetFile(path).read().to_pylist())
            except pa.ArrowInvalid:
                content = text
        else:
            content = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        if text in content:
            found.append(path)
    return found


def kill(folder, environment, statement, times, table):
    """Kill a build at one of KILLS. folder, environment: of the build, see arguments_of()."""
    before = files_in(folder / TABLES / table) if table else None
    kill_at(
        folder, statement, lambda: table is None or is_half_written(folder / TABLES / table, before), environment, times
    )


@pytest.fixture(scope="module", params=FORMATS)
def builds(request, tmp_path_factory):
    """A folder of builds on Spark, before a change, and killed after it; dbt's process for more, its environment,
    and what builds printed that must not be: one of Parquet tables, and on Iceberg one with two threads.
    """
    folder = tmp_path_factory.mktemp(request.param)
    make_export(folder, messages_per_day=10, days=6, dirt=("--dirt", "0.2"))
    hold_back(folder / EXPORT, folder / "held", "2026-09-06")
    people = folder / "people.csv"
    people.write_text("project_id,user_id,device_id,recipient_hash\n")
    environment = {"FLARELANE_SPARK_TABLE_FORMAT": request.param, "FLARELANE_FORGET_LIST": str(people)} | {
        name: os.environ[name] for name in ("HOME", "FLARELANE_SPARK_JARS") if name in os.environ
    }
    dbt(".venv-spark", "spark", folder / "spark", *BUILD, environment=environment)
    # Files come that the rows of messages already have, and no record, when they are gone again.
    shutil.copytree(folder / EXPORT, folder / "before")
    shutil.copytree(folder / "held", folder / EXPORT, dirs_exist_ok=True)
    for place in KILLS:
        kill(folder / "spark", environment, *place)
    shutil.rmtree(folder / EXPORT)
    (folder / "before").rename(folder / EXPORT)
    (folder / "nothing").mkdir()
    change(folder / EXPORT, folder / "nothing", DATES)

    def refused(*options, environment=None):
        words = arguments_of(".venv-spark", "spark", folder / "spark", *BUILD, *options, environment=environment)
        return subprocess.run(**words, capture_output=True, check=False).stdout

    printed = [refused()]
    if request.param == "iceberg":
        printed.append(refused("--threads", "2", environment=environment))
    with DbtOnSpark(folder / "spark", environment) as session:
        yield folder, session, environment, printed


def build_and_compare(folder, session, environment):
    """Build on Spark, and anew on DuckDB, compare all rows, and return what Spark's build printed (str)."""
    with ThreadPoolExecutor() as pool:
        shutil.rmtree(folder / "duckdb", ignore_errors=True)
        done = pool.submit(dbt, ".venv", "warehouse", folder / "duckdb", *BUILD, environment=environment)
        printed = session.dbt("--log-level", "debug", *BUILD)
        done.result()
    session.compare(folder / "duckdb")
    return printed


def test_after_kills_a_build_replaces_dates_and_no_whole_table(builds):
    printed = build_and_compare(*builds[:3])
    for table, date in DATE_OF.items():
        assert f"insert into flarelane.{table} replace where {date} in (date" in printed
        assert f"insert into flarelane.{table} replace where {date} is null" not in printed
        assert f"create or replace table flarelane.{table} " not in printed


def test_nothing_is_written_when_nothing_changed(builds):
    _, session, *_ = builds
    printed = session.dbt("--log-level", "debug", *BUILD)
    assert "flarelane.export_files" in printed
    for table in (*DATE_OF, "model_builds", "partition_builds"):
        assert f"insert into flarelane.{table} " not in printed


def test_files_that_come_are_added(builds):
    folder, session, environment, _ = builds
    shutil.copytree(folder / "held", folder / EXPORT, dirs_exist_ok=True)
    assert "insert into flarelane.int_messages replace where" in build_and_compare(folder, session, environment)


def test_no_file_holds_who_is_forgotten(builds):
    folder, session, environment, _ = builds
    tables = folder / "spark" / TABLES
    assert places_of(FORGOTTEN, tables)
    (folder / "people.csv").write_text(f"project_id,user_id,device_id,recipient_hash\n,{FORGOTTEN},,\n")
    build_and_compare(folder, session, environment)
    assert places_of(FORGOTTEN, tables) == []


def test_a_log_holds_no_values_of_columns(builds):
    folder, session, environment, _ = builds
    if environment["FLARELANE_SPARK_TABLE_FORMAT"] == "delta":
        pytest.skip("Delta's log is text, which is looked through for who is forgotten")
    tables = [path.parent.name for path in (folder / "spark" / TABLES).glob("*/data")]
    assert "int_messages" in tables
    files = " union all ".join(f"select lower_bounds, upper_bounds from flarelane.{name}.all_files" for name in tables)
    printed = session.sql(
        "select count(*), sum(coalesce(cardinality(lower_bounds), 0) + coalesce(cardinality(upper_bounds), 0))"
        f" from ({files}) as files"
    )
    found, values = map(int, printed.split()[-2:])
    assert found > 0 and values == 0


def test_parquet_tables_are_not_built_among_others(builds):
    *_, environment, printed = builds
    found = environment["FLARELANE_SPARK_TABLE_FORMAT"]
    assert f"The schema flarelane has {found} tables, and FLARELANE_SPARK_TABLE_FORMAT asks for parquet." in printed[0]


def test_several_threads_do_not_write_to_tables_without_locks(builds):
    *_, environment, printed = builds
    if environment["FLARELANE_SPARK_TABLE_FORMAT"] == "delta":
        pytest.skip("Delta's log keeps writers apart")
    assert (
        "Iceberg tables are built with one thread while iceberg.engine.hive.lock-enabled is false, not with 2"
        in printed[1]
    )
