"""Measure the project on made-up exports, each time beside plain DuckDB or dbt in the same run.

Usage: python -m benchmarks full | staging | growth | partitions | changes | conversions | requests | spark [options].
Every ratio is of CPU seconds (user and system, children included) with wall time beside it. Exports and warehouses lie
under benchmarks/work/, and exports are kept for the next run. Each measured program runs in a process of its own, so
its peak memory is its own.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

import duckdb

from . import changes, conversions, requests, spark
from .measure import (
    GOAL_MEMORY,
    NO_TESTS,
    WORK,
    BenchmarkError,
    Run,
    bytes_of,
    console,
    forget_parse,
    gigabytes,
    goal,
    goal_of,
    make_export,
    median_build,
    median_run,
    print_nodes,
    print_runs,
    print_setting,
    remove_database,
    run_dbt,
    run_sql,
    table,
)
from .same_numbers import FUNNELS, compare

GOAL_BUILD, GOAL_MODELS, GOAL_STAGING, GOAL_GROWTH = 1.5, 1.2, 8, 1.0
STAGING = ("--select", "partitions_this_run", "path:models/export", "path:models/staging", "path:models/quality")
# Every documented column of crm_events, decoded: a count of a text column would not read its texts.
SCAN = """
    select
        max(length(columns(name -> name not in ('is_advertisement', 'iam_dont_show_minutes', 'experiment_bucket')))),
        max(is_advertisement),
        max(iam_dont_show_minutes)
    from read_parquet('$root/crm_events/*/*/*.parquet', union_by_name = true, hive_partitioning = false)
"""

# A message on each date of two projects.
PARTITIONS = """
    copy (
        select
            '01J' || lpad(cast(row_number() over () as varchar), 23, '0') as id,
            'push.' || stage as type,
            'push' as channel,
            cast(date as varchar) || 'T09:00:0' || second || 'Z' as time,
            'device' as deviceid,
            'campaign' as campaign_id,
            'console' as trigger_type,
            projectid,
            date
        from (select cast(date '2012-01-01' + cast(day as integer) as date) as date from range($dates) as days (day))
        cross join (values ('hanbit-mart'), ('northwind-travel')) as projects (projectid)
        cross join (values ('created', 0), ('sent', 1), ('clicked', 2)) as stages (stage, second)
    ) to '$root/crm_events' (format parquet, partition_by (projectid, date))
"""


def build_anew(root, options, command="build"):
    """Run a dbt command into a new warehouse, parse and all, and return a Build."""
    warehouse = WORK / "warehouse.duckdb"
    remove_database(warehouse)
    if not options.warm:
        forget_parse(warehouse)
    return run_dbt(command, root, warehouse, options)


def run_models(root, options, arguments=()):
    """Run the models alone into a new warehouse with the seeds, and return a Build."""
    build_anew(root, options, "seed")
    return run_dbt("run", root, WORK / "warehouse.duckdb", options, arguments)


def full(options):
    """The whole dbt build, and the models alone, against a script in plain SQL, and whether both give the same."""
    root, rows = make_export(options.events)
    database = WORK / f"{options.script}.duckdb"
    text = Path(__file__).with_name(f"{options.script}.sql").read_text(encoding="utf-8")
    script_options = argparse.Namespace(**vars(options) | {"memory_limit": options.script_memory_limit})
    scripts, models, builds = [], [], []
    for _ in range(options.rounds):
        scripts.append(run_sql(text, root, script_options, database))
        models.append(run_models(root, options))
        builds.append(build_anew(root, options))
    script, model, build = median_run(scripts), median_build(models).run, median_build(builds)

    print_setting(options, rows)
    print_nodes(build)
    print_runs(
        f"Against {options.script}.sql, which has a memory limit of {options.script_memory_limit}",
        options.script,
        {
            f"{options.script}.sql": script,
            "models alone: dbt run after dbt seed": model,
            "whole dbt build: start, parse, models, all tests": build.run,
        },
    )
    if options.script == "lean":
        console.print(f"Whole dbt build to lean.sql: {goal_of(build.run, script, GOAL_BUILD)}")
        console.print(f"Models alone to lean.sql: {goal_of(model, script, GOAL_MODELS)}")
    peak = max(model.peak_bytes, build.run.peak_bytes)
    console.print(f"Resident memory to the limit: {goal(peak / bytes_of(options.memory_limit), GOAL_MEMORY)}")
    console.print(f"{build.run.cpu / rows * 1e6:.2f} CPU s per million rows; {gigabytes(build.warehouse_bytes)}.\n")

    differences = compare(database, WORK / "warehouse.duckdb")
    if differences:
        raise BenchmarkError("The script and the warehouse differ:\n" + "\n".join(f"  {line}" for line in differences))
    console.print(f"The script and the warehouse give the same numbers in every row of {len(FUNNELS)} funnels.")


def staging(options):
    """Staging and column rules against a scan that decodes every column."""
    root, rows = make_export(options.events)
    scans, builds, nothing = [], [], []
    for _ in range(options.rounds):
        scans.append(run_sql(SCAN, root, options))
        builds.append(run_models(root, options, STAGING))
        # The same with nothing to do: what dbt itself takes.
        nothing.append(run_dbt("run", root, WORK / "warehouse.duckdb", options, STAGING))
    start = median_run([run_sql("select 1", root, options) for _ in range(3)])
    scan, build, rest = median_run(scans), median_build(builds), median_build(nothing).run

    print_setting(options, rows)
    print_nodes(build)
    alone = Run(build.run.cpu - rest.cpu, build.run.wall - rest.wall, build.run.peak_bytes)
    bare = Run(scan.cpu - start.cpu, scan.wall - start.wall, scan.peak_bytes)
    name = "staging, export and rules: dbt run less one with nothing to do"
    print_runs("Staging and rules against a scan", "scan", {"scan that decodes every column": bare, name: alone})
    console.print(f"Staging and rules to the scan: {goal_of(alone, bare, GOAL_STAGING)}")


def growth(options):
    """The whole dbt build at two sizes: time per event, and resident memory against the limit."""
    sizes = []
    for events in sorted(options.events):
        root, rows = make_export(events)
        sizes.append((rows, build_anew(root, options)))

    print_setting(options, sizes[-1][0])
    headers = (
        ">rows", ">CPU s", ">s per million", ">of the first", ">wall s", ">s per million", ">of the first",
        ">peak memory", ">of the limit", ">warehouse",
    )  # fmt: skip
    shown = table("Time per event, dbt build with all tests", *headers)
    first_rows, first = sizes[0]
    ratios = []
    for rows, build in sizes:
        times = [(build.run.cpu, first.run.cpu), (build.run.wall, first.run.wall)]
        ratios.append([seconds / rows / (base / first_rows) for seconds, base in times])
        numbers = [
            text
            for (seconds, _), ratio in zip(times, ratios[-1], strict=True)
            for text in (f"{seconds:.1f}", f"{seconds / rows * 1e6:.3f}", f"[bold]{ratio:.2f}")
        ]
        memory = build.run.peak_bytes / bytes_of(options.memory_limit)
        shown.add_row(
            f"{rows:,}", *numbers, gigabytes(build.run.peak_bytes), f"{memory:.2f}", gigabytes(build.warehouse_bytes)
        )
    console.print(shown)
    memory = max(build.run.peak_bytes for _, build in sizes) / bytes_of(options.memory_limit)
    cpu, wall = ratios[-1]
    console.print(f"\nTime per event of the largest to the smallest: {goal(cpu, GOAL_GROWTH)}; {wall:.2f} in wall time")
    console.print(f"Resident memory to the limit: {goal(memory, GOAL_MEMORY)}")


def partitions(options):
    """Builds of many partitions with few events each, without tests: all of them, none new, and one new file."""
    root = WORK / f"partitions-{options.dates}"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    run_sql(PARTITIONS.replace("$dates", str(options.dates)), root, options)
    newest = max((root / "crm_events").glob("*/date=*/*.parquet"), key=lambda path: path.parent.name)
    added = newest.with_name("added.parquet")
    warehouse = WORK / "partitions.duckdb"
    remove_database(warehouse)
    runs = {"all of them": run_dbt("build", root, warehouse, options, NO_TESTS).run}
    runs["nothing new"] = run_dbt("build", root, warehouse, options, NO_TESTS).run
    added.write_bytes(newest.read_bytes())
    runs["a file more"] = run_dbt("build", root, warehouse, options, NO_TESTS).run

    print_setting(options, 6 * options.dates)
    print_runs(f"{2 * options.dates:,} partitions of three events, dbt build without tests", "all", runs)


def sql(options):
    """Run SQL from the input; the other commands start this."""
    config = {"threads": options.threads, "memory_limit": options.memory_limit}
    if options.database:
        config["temp_directory"] = f"{options.database}.tmp"
    with duckdb.connect(options.database or ":memory:", config=config) as connection:
        connection.execute(sys.stdin.read()).fetchall()


def parse(arguments):
    """Return the options of the command line (argparse.Namespace)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(function, help):
        made = commands.add_parser(function.__name__, help=help, description=function.__doc__)
        made.set_defaults(run=function)
        made.add_argument(
            "--threads", type=int, default=os.cpu_count(), help="DuckDB's (default: the cores, %(default)s)"
        )
        made.add_argument("--memory-limit", default="4GB", help="of a build (default %(default)s)")
        return made

    def cold(function, help, events, nargs=None):
        made = command(function, help)
        made.add_argument(
            "--events", type=int, default=events, nargs=nargs, metavar="N", help="about how many (default %(default)s)"
        )
        made.add_argument(
            "--warm", action="store_true", help="keep what dbt parsed in the run before (by default it parses again)"
        )
        return made

    def rounds(made):
        made.add_argument(
            "--rounds", type=int, default=1, help="how often, in turn; medians are printed (default %(default)s)"
        )

    made = cold(full, "the whole build and the models alone against plain SQL, and both compared", 10_000_000)
    made.add_argument("--script", choices=["lean", "peer"], default="lean", help="the SQL (default %(default)s.sql)")
    made.add_argument(
        "--script-memory-limit",
        default="12GB",
        help="the script's own: it need not spill (default %(default)s)",
    )
    rounds(made)
    rounds(cold(staging, "staging and column rules against a scan of all columns", 10_000_000))
    cold(growth, "the whole build at two sizes or more: time per event, memory", [10_000_000, 100_000_000], "+")
    made = command(partitions, "builds of many partitions with few events each")
    made.add_argument("--dates", type=int, default=5_000, help="of each of two projects (default %(default)s)")
    changes.add_options(command(changes.changes, "builds after small changes, and with nothing to do"))
    conversions.add_options(command(conversions.conversions, "what conversions add to funnels, and a new day"))
    requests.add_options(command(requests.requests, "what builds from S3 ask of the store"))
    spark.add_options(command(spark.spark, "a first build on DuckDB and on Spark"))
    command(sql, "run SQL from the input (the other commands start this)").add_argument("--database")
    options = parser.parse_args(arguments)
    events = getattr(options, "events", 1)
    numbers = [options.threads, getattr(options, "rounds", 1), *(events if isinstance(events, list) else [events])]
    if min(numbers) < 1:
        parser.error("events, threads and rounds start at 1")
    return options


def main(arguments=None):
    """Run the command line. arguments: list of str, or None for sys.argv. Returns the exit status."""
    options = parse(arguments)
    try:
        options.run(options)
    except BenchmarkError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
