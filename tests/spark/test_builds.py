"""After a daily build Spark's warehouse holds what a first build of DuckDB's holds.

Files of other dates are as they were, and no log holds the key of hashes.
"""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PROJECT = Path(__file__).parents[2]
KEY = "a key of nobody, 32 characters or more"
BUILD = ["build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
# Most of a small build is Java's compiling of code that runs a few times: so it compiles once, and not well. Its
# garbage is collected when memory is full, and not looked for all the time.
JAVA = {
    "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m "
    "-XX:+UseSerialGC -XX:MetaspaceSize=400m"
}
# Runs dbt, compares warehouses, or prints the rows of a query, with each line of its input, a JSON list of what to run
# and its arguments, and says on a line of its own how that ended.
RUNNER = """
import json, sys
import warehouse_rows
from dbt.cli.main import dbtRunner
run = {
    "dbt": lambda *words: dbtRunner().invoke([*words]).success,
    "compare": warehouse_rows.are_equal,
    "sql": warehouse_rows.print_rows,
}
for line in sys.stdin:
    name, *words = json.loads(line)
    print("\\nended", run[name](*words), flush=True)
"""
# The folder of the export, beside which builds have folders of their own, and names that its files may have.
EXPORT = "export, 100% [it's odd]"
ODD_NAMES = ["a b", "100%", "%41", "#1?[2]{3}", "c'd\\e", "*", "신규"]
# Holds the rows of the export date by date, in folders of this name.
TABLE = "base_flarelane__crm_rows"
DATES = "partition_date="
# Exports to build: the last date, whose files come late, and the dates of a file that is replaced, of a partition
# that is deleted, and of one that is for all projects.
EXPORTS = {
    "six days": ("2026-09-06", ("2026-09-02", "2026-09-03", "2026-09-05")),
    "nasty": ("2026-09-06", ("2026-09-02", "2026-09-03", "2026-09-05")),
    "sample": ("2026-10-15", ("2026-09-12", "2026-09-20", "2026-09-25")),
}


def arguments_of(python, target, folder, *arguments, environment=None):
    """Return what starts dbt with a target (str) on the export beside a folder: a dict of arguments of a process.

    folder: Path of warehouse and logs, which is made if need be. environment: dict to add.
    """
    folder.mkdir(exist_ok=True)
    whole_environment = (
        {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": "plugins",
            "PYSPARK_PYTHON": sys.executable,
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "FLARELANE_EXPORT_ROOT": str(folder.parent / EXPORT),
            "FLARELANE_WAREHOUSE": str(folder / "warehouse.duckdb"),
            "FLARELANE_SPARK_WAREHOUSE": str(folder / "warehouse"),
            "FLARELANE_RECIPIENT_HASH_KEY": KEY,
            "FLARELANE_SPARK_PARTITIONS": "2",
        }
        | JAVA
        | (environment or {})
    )
    return {
        "args": [PROJECT / python / "bin/dbt", *arguments, "--target", target],
        "cwd": PROJECT,
        "env": whole_environment,
        "text": True,
    }


def dbt(python, target, folder, *arguments, environment=None):
    """Run dbt, and return its output (str). python, target, folder, arguments, environment: see arguments_of()."""
    done = subprocess.run(
        **arguments_of(python, target, folder, *arguments, environment=environment),
        capture_output=True,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return done.stdout + done.stderr


class DbtOnSpark:
    """One process that runs dbt on Spark several times, and compares: what Java has compiled serves all of it.

    Use it as a context manager. folder, environment: see arguments_of().
    """

    def __init__(self, folder, environment=None):
        self.folder = folder
        self.started = arguments_of(".venv-spark", "spark", folder, environment=environment)
        self.started["env"]["PYTHONPATH"] += f"{os.pathsep}{Path(__file__).parent}"

    def __enter__(self):
        self.started["args"] = [PROJECT / ".venv-spark/bin/python", "-c", RUNNER]
        self.process = subprocess.Popen(
            **self.started, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def dbt(self, *arguments):
        """Run dbt, and return its output (str)."""
        return self._run("dbt", *arguments, "--target", "spark")

    def compare(self, on_duckdb):
        """Compare the rows with those on DuckDB, and fail where any differ. on_duckdb: Path of the folder."""
        self._run("compare", str(self.folder / "warehouse"), str(on_duckdb / "warehouse.duckdb"))

    def sql(self, query):
        """Run a query after dbt, and return what it printed (str): a line for each row."""
        return self._run("sql", query)

    def _run(self, *words):
        print(json.dumps(words), file=self.process.stdin, flush=True)
        printed = []
        for line in self.process.stdout:
            if line.startswith("ended "):
                assert line == "ended True\n", "".join(printed)[-5000:]
                return "".join(printed)
            printed.append(line)
        raise AssertionError("".join(printed)[-5000:])


def compare(on_spark, on_duckdb):
    """Compare the rows of both warehouses, and fail where any differ. on_spark, on_duckdb: Path of their folders."""
    with DbtOnSpark(on_spark) as session:
        session.compare(on_duckdb)


def make_export(folder, messages_per_day, days, dirt=("--no-violations",)):
    """Make an export in a folder (Path), in its folder EXPORT.

    messages_per_day, days: how many. dirt: options (str) of sample_export on what is wrong in it.
    """
    subprocess.run(
        [
            *(PROJECT / ".venv/bin/python", "-m", "sample_export", folder / EXPORT),
            *("--messages-per-day", str(messages_per_day), "--days", str(days), *dirt),
        ],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )


def name_oddly(export):
    """Give files of an export (Path) ODD_NAMES, and a project a name that its folder cannot have as it is."""
    names = [*ODD_NAMES, "12:30"]
    for number, path in enumerate(sorted(export.rglob("date=*/part-00000.parquet"))):
        path.rename(path.with_name(f"part-{names[number % len(names)]}.parquet"))
    shutil.copytree(export / "crm_events/projectid=hanbit-mart", export / "crm_events/projectid=%ED%95%9C %2F 1")


def by_pandas(rows):
    """Return rows (pyarrow.Table) as pandas has them: an empty column has no type, numbers beside nulls are doubles."""
    columns = dict(zip(rows.column_names, rows.columns, strict=True))
    for name, values in columns.items():
        if values.null_count == len(rows):
            columns[name] = pa.nulls(len(rows))
        elif values.null_count and pa.types.is_integer(values.type):
            columns[name] = values.cast(pa.float64())
    return pa.table(columns)


def write_oddly(export):
    """Write files of an export (Path) in ways that Spark's own reader stops at, but for the last two."""
    ways = [
        lambda rows: (rows, {"compression": "brotli"}),
        lambda rows: (by_pandas(rows), {}),
        lambda rows: (rows.append_column("ID", pa.array(["other"] * len(rows))), {}),
        lambda rows: (rows.set_column(1, rows.column_names[1], rows.column(1).dictionary_encode()), {}),
        lambda rows: (rows, {}),
    ]
    for number, path in enumerate(sorted(export.glob("*/*/*/part-*.parquet"))):
        rows, options = ways[number % len(ways)](pq.ParquetFile(path).read())
        pq.write_table(rows, path, **options)


def add_nasty_projects(export):
    """Add projects to an export (Path) that are as nasty as the contract allows: those it is tested with on DuckDB."""
    folders = (PROJECT / "tests/python", PROJECT, PROJECT / "plugins")
    subprocess.run(
        [
            *(PROJECT / ".venv/bin/python", "-c"),
            "import sys; from test_against_reference import nasty_export; nasty_export(sys.argv[1])",
            export,
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, folders))},
        check=True,
        capture_output=True,
    )


def hold_back(export, folder, newest_date):
    """Move late files and the newest date (str) out of the export into a folder, as if they had not come yet."""
    for path in [*export.rglob("late-*"), *export.rglob(f"date={newest_date}/*.parquet")]:
        held = folder / path.relative_to(export)
        held.parent.mkdir(parents=True, exist_ok=True)
        path.rename(held)


def change(export, folder, dates):
    """Let what was held back arrive, replace a file, and delete a partition, and a date of all projects.

    export, folder: Path of the export and of what was held back. dates: of the last three changes, see EXPORTS.
    Return the dates (set of str) whose rows differ then.
    """
    shutil.copytree(folder, export, dirs_exist_ok=True)
    replaced_date, shortened_date, deleted_date = dates
    replaced = min((export / f"crm_events/projectid=hanbit-mart/date={replaced_date}").glob("part-*"))
    rows = pq.ParquetFile(replaced).read()
    pq.write_table(rows.slice(0, rows.num_rows // 2), replaced)
    shutil.rmtree(export / f"crm_events/projectid=northwind-travel/date={shortened_date}")
    for path in export.glob(f"crm_events/*/date={deleted_date}"):
        shutil.rmtree(path)
    arrived = {path.parent.name.removeprefix("date=") for path in folder.glob("crm_events/*/*/*.parquet")}
    return arrived | set(dates)


def files_of(folder):
    """Return the files of TABLE by date: a dict of sets of names, which each write gives anew. folder: Path."""
    files = {}
    for path in (folder / "warehouse/tables/flarelane.db" / TABLE).glob(f"{DATES}*/*.parquet"):
        files.setdefault(path.parent.name.removeprefix(DATES), set()).add(path.name)
    return files


@pytest.fixture(scope="session", params=list(EXPORTS))
def builds(request, tmp_path_factory):
    """The folders of the builds on DuckDB and Spark, Spark's process and its output, what became of a table's files.

    Spark builds an export before a change and after it, DuckDB after it alone. The last is the dates that changed, and
    the files before and after, and the date that went.
    """
    # A long name: those of all files of the sample are then more than Spark's catalogue would take in one view.
    folder = tmp_path_factory.mktemp("builds_of_an_export_" + "in_a_folder_with_a_long_name_" * 2)
    newest, dates = EXPORTS[request.param]
    if request.param == "sample":
        shutil.copytree(PROJECT / "sample/export", folder / EXPORT)
    else:
        make_export(folder, messages_per_day=40, days=6)
    if request.param == "six days":
        name_oddly(folder / EXPORT)
        write_oddly(folder / EXPORT)
    if request.param == "nasty":
        add_nasty_projects(folder / EXPORT)
    hold_back(folder / EXPORT, folder / "held", newest)
    with DbtOnSpark(folder / "spark") as session:
        printed = session.dbt(*BUILD)
        before = files_of(folder / "spark")
        changed = change(folder / EXPORT, folder / "held", dates)
        with ThreadPoolExecutor() as pool:
            done = pool.submit(dbt, ".venv", "warehouse", folder / "duckdb", *BUILD)
            printed += session.dbt(*BUILD)
            done.result()
        files = changed, before, files_of(folder / "spark"), dates[-1]
        yield folder / "duckdb", folder / "spark", session, printed, files


def test_spark_holds_the_rows_that_duckdb_holds(builds):
    on_duckdb, _, session, *_ = builds
    session.compare(on_duckdb)


def test_files_of_other_dates_stay(builds):
    changed, before, after, _ = builds[-1]
    others = before.keys() - changed
    assert others
    assert {date: after.get(date) for date in others} == {date: before[date] for date in others}


def test_a_date_that_changed_gets_one_new_file(builds):
    changed, before, after, deleted = builds[-1]
    assert deleted in before
    assert deleted not in after
    new = {date: after[date] - before.get(date, set()) for date in changed - {deleted}}
    assert all(len(files) == 1 and files == after[date] for date, files in new.items()), new


def test_no_log_holds_the_key(builds):
    _, on_spark, _, printed, _ = builds
    texts = [path for path in (on_spark / "logs", on_spark / "target") for path in path.rglob("*") if path.is_file()]
    assert texts
    assert [path for path in texts if KEY in path.read_text(encoding="utf-8", errors="replace")] == []
    assert KEY not in printed
