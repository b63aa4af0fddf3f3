"""Measure the project on large made-up exports, each time beside plain DuckDB on the same files in the same run.

Usage: python -m benchmarks staging | full | scaling [options]. Exports and warehouses lie under benchmarks/work/ and
exports are kept for the next run. Every measured program runs in a process of its own, so its peak memory is its own.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

REPOSITORY = Path(__file__).parents[1]
WORK = Path(__file__).parent / "work"
PEER = Path(__file__).with_name("peer.sql")

# The key that peer.sql has too, so that both make the same hashes.
HASH_KEY = "benchmark key"
STAGING = ("path:seeds", "path:models/export", "path:models/staging", "path:models/quality")
# Every documented column of crm_events, one number of each: reading without doing anything.
SCAN = """
    select count(columns(name -> name <> 'experiment_bucket'))
    from read_parquet('$root/crm_events/*/*/*.parquet', union_by_name = true, hive_partitioning = false)
"""

# The columns that find a row in each funnel, the same in the peer and in the warehouse.
FUNNELS = {
    "campaign_funnel": ["project_id", "campaign_id", "channel"],
    "campaign_funnel_daily": ["project_id", "campaign_id", "channel", "message_date"],
    "journey_funnel": ["project_id", "journey_id", "channel"],
    "journey_step_funnel": ["project_id", "journey_id", "journey_step_id", "channel"],
    "channel_funnel_daily": ["project_id", "channel", "message_date"],
}
STAGES = (
    "created", "aborted", "sent", "failed", "delivered", "undelivered", "opened", "clicked", "complained", "closed",
)  # fmt: skip
# What the peer leaves out: names are a join, and is_settled is not a number of the funnel.
NOT_IN_PEER = {"campaign_name", "journey_name", "is_settled"}
RATE_TOLERANCE = 1e-9
# The peer subtracts seconds since 1970 as doubles, which are good to a quarter of a microsecond.
SECONDS_TOLERANCE = 1e-6

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


class BenchmarkError(Exception):
    """A measured program failed, or its results are wrong."""


@dataclass
class Run:
    """A process that ended well: seconds from start to end, peak resident bytes, and what it printed."""

    seconds: float
    peak_bytes: int
    output: str


@dataclass
class Build:
    """A dbt build: its Run, the seconds of each node {kind: {name: seconds}}, and the warehouse's size in bytes."""

    run: Run
    nodes: dict
    warehouse_bytes: int

    def seconds(self, kind):
        """Return the seconds (float) that all nodes of a kind took: model, seed, test, unit_test or operation."""
        return sum(self.nodes.get(kind, {}).values())


def run_process(command, environment=None, text=""):
    """Run a command to its end and return a Run. environment: dict to add. text: what it reads from its input.

    Raises BenchmarkError with the end of its output when it fails.
    """
    WORK.mkdir(exist_ok=True)
    given, printed = WORK / "process.in", WORK / "process.out"
    given.write_text(text, encoding="utf-8")
    with given.open() as stdin, printed.open("w") as stdout:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=os.environ | (environment or {}), stdin=stdin, stdout=stdout,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    output = printed.read_text(encoding="utf-8", errors="replace")
    if process.returncode != 0:
        end = "\n".join(output.splitlines()[-25:])
        raise BenchmarkError(f"{' '.join(command[:6])} … ended with {process.returncode}:\n{end}")
    # macOS counts bytes, everything else kilobytes.
    return Run(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), output)


def make_export(events):
    """Make the export of about so many CRM events unless it is there; return its root (path) and source rows (int)."""
    root = WORK / f"export-{events}"
    console.print(f"[dim]Export of {events:,} events: {root.relative_to(REPOSITORY)}[/dim]")
    run_process(
        [
            sys.executable, "-m", "sample_export", str(root),
            "--events", str(events), "--no-violations", "--if-missing",
        ]
    )  # fmt: skip
    record = json.loads((root / ".sample_export.json").read_text(encoding="utf-8"))["record"]
    # Once through all files, so that whoever is measured first does not pay for the disk.
    for path in root.glob("*/*/*/*.parquet"):
        path.read_bytes()
    return root, sum(partition["source_rows"] for partition in record["partitions"])


def remove_database(path):
    """Remove a DuckDB file with what stands beside it."""
    for found in path.parent.glob(f"{path.name}*"):
        shutil.rmtree(found) if found.is_dir() else found.unlink()


def run_sql(text, root, threads, memory_limit, database=None):
    """Run SQL in a process of its own; return its Run and the seconds of the SQL alone (float).

    text: statements with $root for the export. database: path of a new DuckDB file; None for memory.
    """
    command = [sys.executable, "-m", "benchmarks", "sql", "--threads", str(threads), "--memory-limit", memory_limit]
    if database:
        remove_database(database)
        command += ["--database", str(database)]
    run = run_process(command, text=text.replace("$root", str(root).replace("'", "''")))
    return run, float(run.output)


def run_dbt(root, threads, memory_limit, select=(), warm=False):
    """Run dbt build into a new warehouse and return a Build. select: dbt's selectors; with none, everything.

    warm: keep what dbt parsed in the build before.
    """
    warehouse, target = WORK / "warehouse.duckdb", WORK / "target"
    remove_database(warehouse)
    if not warm:
        shutil.rmtree(target, ignore_errors=True)
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build"]
    if select:
        # Tests that need other models too are left out.
        command += ["--indirect-selection", "cautious", "--select", *select]
    environment = {
        "FLARELANE_EXPORT_ROOT": str(root),
        "FLARELANE_WAREHOUSE": str(warehouse),
        "FLARELANE_RECIPIENT_HASH_KEY": HASH_KEY,
        "FLARELANE_THREADS": str(threads),
        "FLARELANE_MEMORY_LIMIT": memory_limit,
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(WORK / "logs"),
    }
    run = run_process(command, environment)
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = {}
    for result in results:
        kind, _, name = result["unique_id"].split(".", 2)
        nodes.setdefault(kind, {})[name] = result["execution_time"]
    return Build(run, nodes, warehouse.stat().st_size)


def median_build(builds):
    """Return one Build with the median of each number of several."""
    nodes = {
        kind: {name: statistics.median(build.nodes[kind][name] for build in builds) for name in names}
        for kind, names in builds[0].nodes.items()
    }
    return Build(median_run([build.run for build in builds]), nodes, builds[-1].warehouse_bytes)


def median_run(runs):
    """Return one Run with the median time and the largest memory of several."""
    return Run(statistics.median(run.seconds for run in runs), max(run.peak_bytes for run in runs), "")


# ------------------------------------------------------------------------------------------- what is printed


def gigabytes(count):
    """Return bytes as a text such as '1.25 GB'."""
    return f"{count / 1e9:.2f} GB"


def table(title, *headers):
    """Return an empty rich table; a header that begins with '>' is right-aligned."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        made.add_column(header.lstrip(">"), justify="right" if header.startswith(">") else "left", no_wrap=True)
    return made


def print_setting(options, rows):
    """Say on what and with what was measured."""
    console.print(
        f"\n{rows:,} rows of crm_events, DuckDB {duckdb.__version__}, {options.threads} threads, "
        f"memory limit {options.memory_limit}, rounds {getattr(options, 'rounds', 1)}\n"
    )


def print_models(build, unit, unit_name):
    """Print the time of each model, the slowest first. unit: seconds that count as 1 in the last column."""
    shown = table("Time of each model", "model", ">seconds", f">of the {unit_name}")
    for name, seconds in sorted(build.nodes["model"].items(), key=lambda item: -item[1]):
        shown.add_row(name, f"{seconds:.2f}", f"{seconds / unit:.2f}")
    console.print(shown)
    console.print()


def print_parts(build):
    """Print what the whole time of a build went into."""
    shown = table("Where the time of dbt build goes", "part", ">nodes", ">seconds")
    for kind, name in {"seed": "seeds", "model": "models", "test": "data tests", "unit_test": "unit tests"}.items():
        shown.add_row(name, str(len(build.nodes.get(kind, ()))), f"{build.seconds(kind):.2f}")
    rest = build.run.seconds - sum(build.seconds(kind) for kind in build.nodes)
    shown.add_row("dbt itself: start, parse, end", "", f"{rest:.2f}")
    shown.add_row("[bold]whole", "", f"[bold]{build.run.seconds:.2f}")
    console.print(shown)
    console.print()


# ------------------------------------------------------------------------------------------- commands


def staging(options):
    """Staging and column rules against a bare scan of the columns that they read."""
    root, rows = make_export(options.events)
    scans, scan_seconds, builds = [], [], []
    for _ in range(options.rounds):
        run, seconds = run_sql(SCAN, root, options.threads, options.memory_limit)
        scans.append(run)
        scan_seconds.append(seconds)
        builds.append(run_dbt(root, options.threads, options.memory_limit, STAGING, options.warm))
    scan, seconds, build = median_run(scans), statistics.median(scan_seconds), median_build(builds)

    print_setting(options, rows)
    print_models(build, seconds, "scan")
    print_parts(build)
    shown = table("Staging and rules against a bare scan", "", ">seconds", ">of the scan", ">peak memory")
    shown.add_row("scan of all columns of crm_events", f"{seconds:.2f}", "1.00", gigabytes(scan.peak_bytes))
    models = build.seconds("model")
    shown.add_row("models", f"{models:.2f}", f"[bold]{models / seconds:.2f}", gigabytes(build.run.peak_bytes))
    shown.add_row(
        "whole dbt build, tests included", f"{build.run.seconds:.2f}", f"{build.run.seconds / seconds:.2f}", ""
    )
    console.print(shown)


def full(options):
    """The whole dbt build against the hand-written script peer.sql, and whether both give the same numbers."""
    root, rows = make_export(options.events)
    peer_database = WORK / "peer.duckdb"
    peers, builds = [], []
    for _ in range(options.rounds):
        script = PEER.read_text(encoding="utf-8")
        peers.append(run_sql(script, root, options.threads, options.peer_memory_limit, peer_database)[0])
        builds.append(run_dbt(root, options.threads, options.memory_limit, warm=options.warm))
    peer, build = median_run(peers), median_build(builds)

    print_setting(options, rows)
    print_models(build, peer.seconds, "peer")
    print_parts(build)
    shown = table("The whole build against the hand-written script", "", ">seconds", ">of the peer", ">peak memory")
    shown.add_row(
        f"peer.sql, memory limit {options.peer_memory_limit}", f"{peer.seconds:.2f}", "1.00", gigabytes(peer.peak_bytes)
    )
    shown.add_row(
        "dbt build: start, models, all tests",
        f"{build.run.seconds:.2f}",
        f"[bold]{build.run.seconds / peer.seconds:.2f}",
        gigabytes(build.run.peak_bytes),
    )
    console.print(shown)
    console.print(
        f"{build.run.seconds / rows * 1e6:.3f} s per million rows; warehouse {gigabytes(build.warehouse_bytes)}.\n"
    )

    differences = compare(peer_database, WORK / "warehouse.duckdb")
    if differences:
        raise BenchmarkError("The peer and the warehouse differ:\n" + "\n".join(f"  {text}" for text in differences))
    console.print(
        f"The peer and the warehouse give the same numbers: events, messages, and every row of {len(FUNNELS)} funnels."
    )


def scaling(options):
    """The whole dbt build at several sizes: time per event."""
    sizes = []
    for events in sorted(options.events):
        root, rows = make_export(events)
        build = run_dbt(root, options.threads, options.memory_limit, warm=options.warm)
        sizes.append((rows, build))

    print_setting(options, sizes[-1][0])
    headers = (">rows", ">dbt build s", ">s per million", ">of the first", ">models s", ">peak memory", ">warehouse")
    shown = table("Time per event", *headers)
    first = None
    for rows, build in sizes:
        per_million = build.run.seconds / rows * 1e6
        first = first or per_million
        shown.add_row(
            f"{rows:,}",
            f"{build.run.seconds:.2f}",
            f"{per_million:.3f}",
            f"[bold]{per_million / first:.2f}",
            f"{build.seconds('model'):.2f}",
            gigabytes(build.run.peak_bytes),
            gigabytes(build.warehouse_bytes),
        )
    console.print(shown)


def sql(options):
    """Run SQL from the input and print the seconds that it took; the other commands start this."""
    config = {"threads": options.threads, "memory_limit": options.memory_limit}
    if options.database:
        config["temp_directory"] = f"{options.database}.tmp"
    text = sys.stdin.read()
    with duckdb.connect(options.database or ":memory:", config=config) as connection:
        start = time.perf_counter()
        connection.execute(text).fetchall()
        seconds = time.perf_counter() - start
    print(f"{seconds:.6f}")


# ------------------------------------------------------------------------------------------- the same numbers


def compare(peer_database, warehouse):
    """Compare what peer.sql made with the warehouse; return the differences (list of str, empty when there is none)."""
    stages = ", ".join(f"count({stage}_at) as {stage}" for stage in STAGES)
    events = "project_id, channel, event_stage, event_date, count(*) as events"
    messages = (
        "project_id, channel, message_date, count(*) as messages, sum(event_count) as events, sum(open_count) as opens,"
        f" sum(click_count) as clicks, count(distinct person_key) as persons, {stages}"
    )
    with duckdb.connect() as connection:
        connection.execute(f"attach '{peer_database}' as peer (read_only)")
        # The views of the warehouse name their database, which dbt calls after the file.
        connection.execute(f"attach '{warehouse}' as {warehouse.stem} (read_only)")
        connection.execute(f"use {warehouse.stem}")
        differences = [
            *differing_counts(connection, "events", events, "peer.events", "stg_flarelane__crm_events"),
            *differing_counts(connection, "messages", messages, "peer.messages", "fct_messages"),
        ]
        for funnel, grain in FUNNELS.items():
            differences += differing_funnel(connection, funnel, grain)
    return differences


def differing_counts(connection, name, columns, peer_relation, relation):
    """Return a line (list of str) per group of counts that one of the two has and the other has not, five at most."""
    in_peer = f"select {columns} from {peer_relation} group by all"
    in_warehouse = f"select {columns} from {relation} group by all"
    rows = connection.execute(
        f"select 'peer', * from ({in_peer} except {in_warehouse}) union all "
        f"select 'warehouse', * from ({in_warehouse} except {in_peer}) order by all limit 5"
    ).fetchall()
    return [f"{name}: only in the {row[0]}: {', '.join(map(str, row[1:]))}" for row in rows]


def differing_funnel(connection, funnel, grain):
    """Return a line (list of str) per column of a funnel that differs in some row, with the number of rows."""

    def columns(database):
        rows = connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = $1 and table_name = $2",
            [database, funnel],
        ).fetchall()
        return dict(rows)

    peer_types, types = columns("peer"), columns(connection.execute("select current_catalog()").fetchone()[0])
    missing = set(types) - set(peer_types) - NOT_IN_PEER
    if missing or not types:
        return [f"{funnel}: the peer lacks {', '.join(sorted(missing)) or 'the table'}"]
    compared = [name for name in types if name not in {*grain, *NOT_IN_PEER}]
    conditions = ["(p.row_there is distinct from w.row_there)"]
    for name in compared:
        if types[name] == "DOUBLE":
            tolerance = SECONDS_TOLERANCE if name.startswith("median_seconds") else RATE_TOLERANCE
            conditions.append(
                f"(p.{name} is null) <> (w.{name} is null) or coalesce(abs(p.{name} - w.{name}) > {tolerance}, false)"
            )
        else:
            conditions.append(f"p.{name} is distinct from w.{name}")
    counts = ", ".join(f"count(*) filter (where {condition})" for condition in conditions)
    keys = " and ".join(f"p.{name} is not distinct from w.{name}" for name in grain)
    found = connection.execute(
        f"select {counts} from (select *, true as row_there from peer.{funnel}) as p"
        f" full join (select *, true as row_there from {funnel}) as w on {keys}"
    ).fetchone()
    names = ["presence", *compared]
    return [f"{funnel}: {name} differs in {count:,} rows" for name, count in zip(names, found, strict=True) if count]


# ------------------------------------------------------------------------------------------- command line


def parse(arguments):
    """Return the options of the command line (argparse.Namespace)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(function, help, events=None, nargs=None, rounds=True):
        made = commands.add_parser(function.__name__, help=help, description=function.__doc__)
        made.set_defaults(run=function)
        made.add_argument(
            "--threads",
            type=int,
            default=os.cpu_count(),
            help="DuckDB's, the same for all (default: the cores, %(default)s)",
        )
        made.add_argument("--memory-limit", default="4GB", help="DuckDB's (default %(default)s)")
        if events is None:
            return made
        made.add_argument(
            "--events", type=int, default=events, nargs=nargs, metavar="N", help="about how many (default %(default)s)"
        )
        made.add_argument(
            "--warm", action="store_true", help="keep what dbt parsed in the build before (by default it parses again)"
        )
        if rounds:
            made.add_argument(
                "--rounds", type=int, default=1, help="how often, in turn; medians are printed (default %(default)s)"
            )
        return made

    command(staging, "staging and column rules against a bare scan", 10_000_000)
    command(full, "the whole build against peer.sql, and both compared", 10_000_000).add_argument(
        "--peer-memory-limit",
        default="12GB",
        help="the script's own (default %(default)s: at 10 million events it does not fit in less)",
    )
    command(scaling, "the whole build at several sizes", [10_000_000, 50_000_000], "+", rounds=False)
    command(sql, "run SQL from the input (the other commands start this)").add_argument("--database")
    options = parser.parse_args(arguments)
    events = getattr(options, "events", 1)
    numbers = [options.threads, getattr(options, "rounds", 1), *(events if isinstance(events, list) else [events])]
    if min(numbers) < 1:
        parser.error("events, threads and rounds start at 1")
    return options


def exit_status(measure, options):
    """Run measure(options), say in a line what stopped it, and return the exit status (int)."""
    try:
        measure(options)
    except BenchmarkError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


def main(arguments=None):
    """Run the command line. arguments: list of str, or None for sys.argv. Returns the exit status."""
    options = parse(arguments)
    return exit_status(options.run, options)


if __name__ == "__main__":
    sys.exit(main())
