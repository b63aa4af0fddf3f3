"""Measure a first build on DuckDB and on Spark, one after the other on the same export.

Usage: python -m benchmarks spark [options]. Spark runs in a Java process that dbt starts and leaves to end by itself,
so its time is taken from the kernel after that end, with that of the Python processes that it starts.
"""

import shutil
from pathlib import Path

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
    run_dbt,
)

GOAL_FASTER = 5


def build_on_duckdb(root, options):
    """Build all models into a new warehouse on DuckDB, and return a Build."""
    warehouse = WORK / "on_duckdb.duckdb"
    remove_database(warehouse)
    forget_parse(warehouse)
    return run_dbt("build", root, warehouse, options, NO_TESTS)


def build_on_spark(root, options):
    """Build all models into a new warehouse on Spark, with as many threads and as much memory, and return a Build."""
    programs = Path(options.spark_environment).absolute() / "bin"
    if not (programs / "dbt").exists():
        raise BenchmarkError(
            f"{programs} has no dbt: `make test-spark` makes .venv-spark, --spark-environment names another."
        )
    warehouse = WORK / "on_spark"
    shutil.rmtree(warehouse, ignore_errors=True)
    forget_parse(warehouse)
    environment = {
        "PYTHONPATH": str(REPOSITORY / "plugins"),
        "PYSPARK_PYTHON": str(programs / "python"),
        "FLARELANE_SPARK_WAREHOUSE": str(warehouse),
        "FLARELANE_SPARK_MASTER": f"local[{options.threads}]",
    }
    arguments = (*NO_TESTS, "--target", "spark")
    return run_dbt(
        "build", root, warehouse, options, arguments, dbt=str(programs / "dbt"), environment=environment, orphans=True
    )


def spark(options):
    """A first build on DuckDB and on Spark, without tests."""
    adopt_orphans()
    for events in sorted(options.events):
        root, rows = make_export(events)
        on_duckdb = build_on_duckdb(root, options)
        on_spark = build_on_spark(root, options)
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
        console.print("Slowest models on Spark: " + ", ".join(f"{name} {took:.1f} s" for name, took in slowest))


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
