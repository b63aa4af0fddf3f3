"""Measure a first build on DuckDB and on Spark, one after the other on the same export.

Usage: python -m benchmarks spark [options]. Spark runs in a Java process that dbt starts and leaves to end by itself,
so its time is taken from the kernel after that end, with that of the Python processes that it starts.

With --metrics, what Spark itself counts of each model is printed too, and of two sizes or more it is checked that no
model shuffles more than in step with the events, nor sends the driver more the more events there are.

With --history, one new day on a history of so many days is measured instead, on Spark alone, with what Spark counts.
"""

import shutil
from itertools import pairwise
from pathlib import Path

from .changes import link_files, make_days, split_export
from .measure import (
    NO_TESTS,
    REPOSITORY,
    WORK,
    BenchmarkError,
    adopt_orphans,
    console,
    forget_parse,
    make_export,
    print_runs,
    print_setting,
    remove_database,
    rows_of,
    run_dbt,
    target_of,
)
from .spark_metrics import out_of_step, print_growth, print_metrics, read_metrics, submit_arguments

GOAL_FASTER = 5


def build_on_duckdb(root, options):
    """Build all models into a new warehouse on DuckDB, and return a Build."""
    warehouse = WORK / "on_duckdb.duckdb"
    remove_database(warehouse)
    forget_parse(warehouse)
    return run_dbt("build", root, warehouse, options, NO_TESTS)


def build_on_spark(root, options, share=1, anew=True):
    """Build all models on Spark, with as many threads and as much memory as on DuckDB.

    Return a Build, and what Spark counted of each dbt node as read_metrics() gives it, or None without options.metrics.
    share: as of submit_arguments(). anew: whether into a new warehouse, and not into the one of the last build.
    """
    programs = Path(options.spark_environment).absolute() / "bin"
    if not (programs / "dbt").exists():
        raise BenchmarkError(
            f"{programs} has no dbt: `make test-spark` makes .venv-spark, --spark-environment names another."
        )
    warehouse = WORK / "on_spark"
    if anew:
        shutil.rmtree(warehouse, ignore_errors=True)
        forget_parse(warehouse)
    environment = {
        "PYTHONPATH": str(REPOSITORY / "plugins"),
        "PYSPARK_PYTHON": str(programs / "python"),
        "FLARELANE_SPARK_WAREHOUSE": str(warehouse),
        "FLARELANE_SPARK_MASTER": f"local[{options.threads}]",
    }
    arguments = (*NO_TESTS, "--target", "spark")
    log = WORK / "event-log"
    if options.metrics:
        arguments += ("--threads", "1")  # a task's node is known by its time
        shutil.rmtree(log, ignore_errors=True)
        log.mkdir()
        environment["PYSPARK_SUBMIT_ARGS"] = submit_arguments(log, share)
    try:
        build = run_dbt(
            "build", root, warehouse, options, arguments, dbt=str(programs / "dbt"), environment=environment,
            orphans=True,
        )  # fmt: skip
        results = target_of(warehouse) / "run_results.json"
        return build, read_metrics(log, results) if options.metrics else None
    finally:
        shutil.rmtree(log, ignore_errors=True)


def models_of(metrics):
    """Return the Metrics of the models that read data, by their names. metrics: of read_metrics()."""
    return {
        node.rsplit(".", 1)[1]: counted
        for node, counted in metrics.items()
        if node.startswith("model.") and counted.peak_bytes
    }


def measure_new_day(options):
    """Build a history on Spark and one new day on it, and print what both took, by model too."""
    days = options.history + 1
    source = make_days(days, max(options.events) // days)
    root, (new_day,) = split_export(source, WORK / f"spark-history-{options.history}", options.history, 1)
    options.metrics = True
    builds = {f"all of {options.history} days": build_on_spark(root, options)}
    link_files(new_day)
    builds["one new day"] = build_on_spark(root, options, anew=False)
    rows, _ = rows_of(source)
    print_setting(options, rows)
    runs = {name: build.run for name, (build, _) in builds.items()}
    print_runs("dbt build on Spark without tests, start and parse included", "all", runs)
    for name, (_, metrics) in builds.items():
        console.print(f"{name}:")
        print_metrics(rows, models_of(metrics))


def spark(options):
    """A first build on DuckDB and on Spark, without tests; or one new day on Spark."""
    adopt_orphans()
    if options.history:
        measure_new_day(options)
        return
    sizes = []
    for events in sorted(options.events):
        root, rows = make_export(events)
        on_duckdb = build_on_duckdb(root, options)
        on_spark, metrics = build_on_spark(root, options, events / max(options.events))
        if set(on_duckdb.nodes["model"]) != set(on_spark.nodes["model"]):
            raise BenchmarkError("The engines built different models.")
        print_setting(options, rows)
        runs = {"DuckDB": on_duckdb.run, "Spark": on_spark.run}
        print_runs("dbt build without tests, start and parse included", "DuckDB", runs)
        faster = on_spark.run.cpu / on_duckdb.run.cpu
        met = "met" if faster >= GOAL_FASTER else "not met"
        console.print(
            f"CPU seconds of Spark to DuckDB's: {faster:.2f} (goal at least {GOAL_FASTER}: {met}); "
            f"{on_spark.run.wall / on_duckdb.run.wall:.2f} of the wall time"
        )
        slowest = sorted(on_spark.nodes["model"].items(), key=lambda item: -item[1])[:8]
        console.print("Slowest models on Spark: " + ", ".join(f"{name} {took:.1f} s" for name, took in slowest) + "\n")
        if metrics is not None:
            sizes.append((rows, models_of(metrics)))
            print_metrics(*sizes[-1])
    for (fewer, small), (more, large) in pairwise(sizes):
        growth = more / fewer
        print_growth(small, large, growth)
        found = out_of_step(small, large, growth)
        if found:
            raise BenchmarkError("Not in step with the events:\n" + "\n".join(f"  {line}" for line in found))
        console.print(
            "Models shuffle and broadcast in step with the events, and send the driver no more for more events."
        )


def add_options(parser):
    """Add the options of the command to its parser."""
    parser.add_argument(
        "--events", type=int, default=[300_000], nargs="+", metavar="N", help="about how many (default %(default)s)"
    )
    parser.add_argument(
        "--spark-environment",
        default=REPOSITORY / ".venv-spark",
        help="folder of the Python environment with dbt-spark and pyspark (default: .venv-spark)",
    )
    parser.add_argument(
        "--history",
        type=int,
        metavar="DAYS",
        help="measure one new day on so many days, on Spark alone; with --metrics",
    )
    parser.add_argument(
        "--metrics", action="store_true", help="print what Spark counts of each model; check its growth of two sizes"
    )
