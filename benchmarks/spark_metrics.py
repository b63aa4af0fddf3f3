"""What Spark itself counts of a build, by dbt node: bytes read, shuffled, written and sent to the driver, skew.

Spark writes these into its event log. The log has the key for recipient hashes in its plans, so only builds with the
benchmarks' made-up key write one, and it is removed once it is read.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import duckdb

from .measure import BenchmarkError, console, table

# By how much more than the events what a model's tasks exchange may grow, and what it may grow by anyway.
EXCHANGE_TOLERANCE = 1.2
EXCHANGE_SLACK = 4_000_000
# What the tasks of a model may bring to the driver more at the larger size. A task without a row is some kilobytes.
COLLECTED_SLACK = 1_000_000
# Spark's default.
BROADCAST_LIMIT = 10 * 2**20
# Of the tables, in characters.
WIDTH = 160


@dataclass
class Metrics:
    """What the tasks of one dbt node did.

    tasks: how many. run_seconds, cpu_seconds: of all of them, from start to end and of a processor. read_*, written_*:
    of files. shuffled_*: written for other tasks to read. spilled_bytes: written to disk because memory was short.
    collected_bytes: results sent to the driver. broadcast_bytes: results sent there for a join's small side, which goes
    on to all executors. peak_bytes: the largest memory of one task for sorts, joins and aggregates. longest_seconds,
    median_seconds: of the tasks of that stage which has the longest one; None where every stage is one task.
    """

    tasks: int
    run_seconds: float
    cpu_seconds: float
    read_bytes: int
    read_rows: int
    shuffled_bytes: int
    shuffled_rows: int
    spilled_bytes: int
    written_bytes: int
    written_rows: int
    collected_bytes: int
    broadcast_bytes: int
    peak_bytes: int
    longest_seconds: float | None
    median_seconds: float | None

    @property
    def exchanged_bytes(self):
        """Bytes (int) shuffled and broadcast: by the size of a table Spark chooses one or the other for a join."""
        return self.shuffled_bytes + self.broadcast_bytes


def submit_arguments(folder, share=1):
    """Return the value (str) of PYSPARK_SUBMIT_ARGS by which Spark writes its event log below a folder (Path).

    share: events of this build to those of the largest one. Spark broadcasts the side of a join that seems smaller than
    10 MB, and shuffles both sides else: that limit shrinks with the events, so that all sizes have the same joins.
    """
    settings = {
        "spark.sql.autoBroadcastJoinThreshold": str(int(share * BROADCAST_LIMIT)),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.absolute().as_uri(),
        "spark.eventLog.compress": "false",
        # Hadoop counts no bytes of what it reads by several ranges at once.
        "spark.hadoop.parquet.hadoop.vectored.io.enabled": "false",
    }
    return " ".join(f"--conf {name}={value}" for name, value in settings.items()) + " pyspark-shell"


def read_metrics(log, results):
    """Return the Metrics of each dbt node as {unique_id: Metrics}; under "" what ran outside of all nodes.

    log: folder (Path) of submit_arguments(), with the log of one build. results: path of that build's run_results.json.
    Raises BenchmarkError when there is no log.
    """
    files = [str(path) for path in sorted(log.glob("*/events_*"))]
    if not files:
        raise BenchmarkError(f"Spark wrote no event log into {log}.")
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        rows = connection.execute(text, {"log": files, "results": str(results)})
        names = [column[0] for column in rows.description]
        assert names[1:] == [field.name for field in fields(Metrics)]
        return {node: Metrics(*values) for node, *values in rows.fetchall()}


def out_of_step(small, large, growth):
    """Return what grows faster than the events, as a list of sentences.

    small, large: {name: Metrics} of the same models at two sizes. growth: events of the larger to the smaller.
    """
    found = []
    for name in sorted(small.keys() & large.keys()):
        before, after = small[name], large[name]
        if after.exchanged_bytes > EXCHANGE_TOLERANCE * growth * before.exchanged_bytes + EXCHANGE_SLACK:
            found.append(
                f"{name} shuffles and broadcasts {megabytes(after.exchanged_bytes)} MB after "
                f"{megabytes(before.exchanged_bytes)} MB: more than {EXCHANGE_TOLERANCE} of the growth of the events."
            )
        if after.collected_bytes > before.collected_bytes + COLLECTED_SLACK:
            found.append(
                f"{name} sends {megabytes(after.collected_bytes)} MB to the driver after "
                f"{megabytes(before.collected_bytes)} MB."
            )
    return found


def total(all_metrics):
    """Return Metrics with the sum of each count of several, the largest peak memory, and no seconds of one stage."""
    sums = {field.name: sum(getattr(one, field.name) or 0 for one in all_metrics) for field in fields(Metrics)}
    sums["peak_bytes"] = max(one.peak_bytes for one in all_metrics)
    return Metrics(**sums | {"longest_seconds": None, "median_seconds": None})


def by_shuffle(metrics):
    """Return the items of {name: Metrics} as a list, the one that shuffles most first."""
    return sorted(metrics.items(), key=lambda item: (-item[1].shuffled_bytes, item[0]))


def megabytes(count):
    """Return bytes as megabytes (str)."""
    return f"{count / 1e6:,.1f}"


def ratio(after, before):
    """Return how often before is in after, as a text."""
    return f"{after / before:.1f}" if before else ""


def print_metrics(rows, metrics):
    """Print a table of what each model did. rows: events of the export. metrics: {name: Metrics}."""
    headers = (
        "model", ">tasks", ">CPU s", ">read", ">shuffled", ">spilled", ">written", ">to driver", ">broadcast", ">peak",
        ">longest s", ">median s",
    )  # fmt: skip
    shown = table(f"What Spark counted at {rows:,} rows of crm_events, in MB and seconds", *headers)
    for name, counted in [*by_shuffle(metrics), ("all", total(metrics.values()))]:
        bytes_of_model = (
            counted.read_bytes, counted.shuffled_bytes, counted.spilled_bytes, counted.written_bytes,
            counted.collected_bytes, counted.broadcast_bytes, counted.peak_bytes,
        )  # fmt: skip
        seconds = (counted.longest_seconds, counted.median_seconds)
        shown.add_row(
            name, str(counted.tasks), f"{counted.cpu_seconds:.1f}", *map(megabytes, bytes_of_model),
            *("" if value is None else f"{value:.1f}" for value in seconds),
        )  # fmt: skip
    console.print(shown, width=WIDTH)
    console.print()


def print_growth(small, large, growth):
    """Print by how much the bytes and rows of each model grew. small, large, growth: as of out_of_step()."""
    names = {
        "read_bytes": ">read", "read_rows": ">rows read", "shuffled_bytes": ">shuffled",
        "exchanged_bytes": ">with broadcasts", "shuffled_rows": ">rows shuffled", "written_bytes": ">written",
        "written_rows": ">rows written", "cpu_seconds": ">CPU",
    }  # fmt: skip
    shown = table(f"The larger size to the smaller, where the events are {growth:.2f} times", "model", *names.values())
    both = {name: counted for name, counted in large.items() if name in small}
    before = small | {"all": total(small.values())}
    for name, counted in [*by_shuffle(both), ("all", total(large.values()))]:
        ratios = (ratio(getattr(counted, field), getattr(before[name], field)) for field in names)
        shown.add_row(name, *ratios)
    console.print(shown, width=WIDTH)
    console.print()
