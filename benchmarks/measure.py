"""What all benchmarks share: run a program and take its time and memory, make an export, build with dbt, print."""

import ctypes
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

from compare.environment import clean_environment

REPOSITORY = Path(__file__).parents[1]
WORK = Path(__file__).parent / "work"
DBT = str(Path(sys.executable).with_name("dbt"))
# The key that peer.sql has too, so that both make the same hashes.
HASH_KEY = "benchmark key"
NO_TESTS = ("--selector", "models")
PR_SET_CHILD_SUBREAPER = 36
# Resident memory, as a share of FLARELANE_MEMORY_LIMIT.
GOAL_MEMORY = 1.1

console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)


class BenchmarkError(Exception):
    """A measured program failed, or its results are wrong."""


@dataclass
class Run:
    """A process that ended well.

    cpu: seconds that the processors worked for it and its children, in the user's code and in the system. On a busy
    machine it varies by a fifth where wall time varies by a factor of four, so ratios are of it first.
    wall: seconds from start to end. peak_bytes: its largest resident memory. output: what it printed.
    """

    cpu: float
    wall: float
    peak_bytes: int
    output: str = ""


@dataclass
class Build:
    """A dbt command: its Run, the seconds of each node {kind: {name: seconds}}, and the warehouse's size in bytes."""

    run: Run
    nodes: dict
    warehouse_bytes: int

    def seconds(self, kind):
        """Return the seconds (float) that all nodes of a kind took: model, seed, test, unit_test or operation."""
        return sum(self.nodes.get(kind, {}).values())


def adopt_orphans():
    """Let the kernel make descendants whose parent has ended children of this process. Raises BenchmarkError."""
    if not sys.platform.startswith("linux") or ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise BenchmarkError("Only Linux tells the CPU seconds of a process that outlives the one that started it.")


def run_process(command, environment=None, text="", orphans=False):
    """Run a command to its end and return a Run. environment: settings (dict). text: what it reads from its input.

    orphans: count processes that it started and did not wait for, too, and wait for them; adopt_orphans() comes first,
    and this process must have no other children.
    Raises BenchmarkError with the end of its output when it fails.
    """
    WORK.mkdir(exist_ok=True)
    given, printed = WORK / "process.in", WORK / "process.out"
    given.write_text(text, encoding="utf-8")
    with given.open() as stdin, printed.open("w") as stdout:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=clean_environment() | (environment or {}), stdin=stdin, stdout=stdout,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    usages = [usage, *usages_of_orphans()] if orphans else [usage]
    process.returncode = os.waitstatus_to_exitcode(status)
    output = printed.read_text(encoding="utf-8", errors="replace")
    if process.returncode != 0:
        end = "\n".join(output.splitlines()[-25:])
        raise BenchmarkError(f"{' '.join(command[:6])} … ended with {process.returncode}:\n{end}")
    # macOS counts bytes, all else kilobytes. Linux counts no less than what this process ever held, so it holds little.
    peak_bytes = max(usage.ru_maxrss for usage in usages) * (1 if sys.platform == "darwin" else 1024)
    return Run(sum(usage.ru_utime + usage.ru_stime for usage in usages), wall, peak_bytes, output)


def usages_of_orphans():
    """Wait until this process has no child left, and yield the resource usage of each."""
    while True:
        try:
            yield os.wait4(-1, 0)[2]
        except ChildProcessError:
            return


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
    # Once through all files, so that whoever is measured first does not pay for the disk.
    for path in root.glob("*/*/*/*.parquet"):
        path.read_bytes()
    return root, rows_of(root)[0]


def rows_of(root):
    """Return the source rows (int) that an export of the generator has of crm_events and of customer_events."""
    record = json.loads((root / ".sample_export.json").read_text(encoding="utf-8"))["record"]
    return sum(partition["source_rows"] for partition in record["partitions"]), record["customer_events"]["rows"]


def remove_database(path):
    """Remove a DuckDB file with what stands beside it."""
    for found in path.parent.glob(f"{path.name}*"):
        shutil.rmtree(found) if found.is_dir() else found.unlink()


def run_sql(text, root, options, database=None):
    """Run SQL in a process of its own and return its Run. database: path of a new DuckDB file; None for memory.

    text: statements with $root for the export. options: with threads and memory_limit.
    """
    command = [sys.executable, "-m", "benchmarks", "sql", "--threads", str(options.threads)]
    command += ["--memory-limit", options.memory_limit]
    if database:
        remove_database(database)
        command += ["--database", str(database)]
    return run_process(command, text=text.replace("$root", str(root).replace("'", "''")))


def run_dbt(command, root, warehouse, options, arguments=(), project=None, dbt=DBT, environment=None, orphans=False):
    """Run a dbt command and return a Build.

    command: run, build, …. root: the export. warehouse: path of the DuckDB file, which is built on if it is there.
    options: with threads and memory_limit. arguments: more of dbt's arguments. project: folder of another dbt project.
    dbt: path of another dbt. environment: dict to add. orphans: as of run_process().
    """
    target = target_of(warehouse, project)
    environment = {
        "FLARELANE_EXPORT_ROOT": str(root),
        "FLARELANE_WAREHOUSE": str(warehouse),
        "FLARELANE_RECIPIENT_HASH_KEY": HASH_KEY,
        "FLARELANE_THREADS": str(options.threads),
        "FLARELANE_MEMORY_LIMIT": options.memory_limit,
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(WORK / "logs"),
    } | (environment or {})
    where = ["--project-dir", str(project), "--profiles-dir", str(project)] if project else []
    run = run_process([dbt, "--no-use-colors", command, *where, *arguments], environment, orphans=orphans)
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = {}
    for result in results:
        kind, _, name = result["unique_id"].split(".", 2)
        nodes.setdefault(kind, {})[name] = result["execution_time"]
    return Build(run, nodes, warehouse.stat().st_size if warehouse.exists() else 0)


def target_of(warehouse, project=None):
    """Return the folder (Path) where run_dbt() on a warehouse lets dbt write its results. project: as of run_dbt()."""
    return WORK / f"target-{warehouse.stem}-{project.name if project else 'flarelane'}"


def forget_parse(warehouse):
    """Let the next run_dbt() on a warehouse parse the whole project, as on a new checkout."""
    shutil.rmtree(target_of(warehouse), ignore_errors=True)


def median_run(runs):
    """Return one Run with the median times and the largest memory of several."""
    return Run(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        max(run.peak_bytes for run in runs),
    )


def median_build(builds):
    """Return one Build with the median of each number of several."""
    nodes = {
        kind: {name: statistics.median(build.nodes[kind][name] for build in builds) for name in names}
        for kind, names in builds[0].nodes.items()
    }
    return Build(median_run([build.run for build in builds]), nodes, builds[-1].warehouse_bytes)


# ------------------------------------------------------------------------------------------- what is printed


def bytes_of(text):
    """Return DuckDB's text of a memory limit, such as '4GB' or '512MiB', as bytes (float)."""
    units = {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
    units |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
    number = text.rstrip("aAbBgGiIkKmMtT ")
    return float(number) * units[text[len(number) :].strip().upper()]


def gigabytes(count):
    """Return bytes as a text such as '1.25 GB'."""
    return f"{count / 1e9:.2f} GB"


def goal(ratio, limit):
    """Return a ratio beside its goal as a text."""
    return f"{ratio:.2f} (goal {limit}: {'met' if ratio <= limit else 'not met'})"


def goal_of(run, base, limit):
    """Return the ratio of one Run's CPU seconds to another's beside its goal, and the ratio of wall time, as a text."""
    return f"{goal(run.cpu / base.cpu, limit)}; {run.wall / base.wall:.2f} of the wall time"


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


def print_runs(title, base_name, runs):
    """Print a table of runs {name: Run}, each beside the first, which base_name stands for in the headers."""
    headers = (">CPU s", f">of {base_name}", ">wall s", f">of {base_name}", ">peak memory")
    shown = table(title, "", *headers)
    base = next(iter(runs.values()))
    for name, run in runs.items():
        cpu, wall = f"{run.cpu / base.cpu:.2f}", f"{run.wall / base.wall:.2f}"
        shown.add_row(name, f"{run.cpu:.1f}", f"[bold]{cpu}", f"{run.wall:.1f}", wall, gigabytes(run.peak_bytes))
    console.print(shown)
    console.print()


def print_nodes(build):
    """Print the time of each model, the slowest first, and what the whole time of a dbt command went into."""
    shown = table("Time of each model", "model", ">wall s", ">share")
    for name, seconds in sorted(build.nodes["model"].items(), key=lambda item: -item[1]):
        shown.add_row(name, f"{seconds:.2f}", f"{seconds / build.run.wall:.1%}")
    console.print(shown)
    console.print()
    shown = table("Where the time of dbt goes", "part", ">nodes", ">wall s")
    for kind, name in {"seed": "seeds", "model": "models", "test": "data tests", "unit_test": "unit tests"}.items():
        shown.add_row(name, str(len(build.nodes.get(kind, ()))), f"{build.seconds(kind):.2f}")
    rest = build.run.wall - sum(build.seconds(kind) for kind in build.nodes)
    shown.add_row("dbt itself: start, parse, end", "", f"{rest:.2f}")
    shown.add_row("[bold]whole", "", f"[bold]{build.run.wall:.2f}")
    console.print(shown)
    console.print()
