"""Measure builds after small changes: none at all, and one new day on a short and on a long history.

Usage: python -m benchmarks changes [options]. Everything is measured in one run, so that the ratios hold whatever
the machine. Files listed, opened and read are counted by the kernel (inotify, on Linux), not taken from a log.
"""

import ctypes
import json
import os
import shutil
import struct
import sys
import threading
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sample_export.generator import messages_per_day_for

from .measure import (
    DBT,
    NO_TESTS,
    WORK,
    BenchmarkError,
    Build,
    console,
    goal,
    goal_of,
    median_build,
    print_runs,
    remove_database,
    run_dbt,
    run_process,
    table,
)

GOAL_UNCHANGED, GOAL_PRODUCTION, GOAL_HISTORY, GOAL_FULL = 1.5, 2, 1.2, 0.1
IN_ACCESS, IN_OPEN, IN_Q_OVERFLOW, IN_ISDIR = 0x1, 0x20, 0x4000, 0x40000000


class FileCounter:
    """Counts what happens below a folder while it is entered: folders listed, Parquet files opened, and files read.

    DuckDB opens a file to learn its size and time of change, and reads nothing of it then.
    """

    def __init__(self, root):
        self.root = Path(root)
        self.listings, self.opened, self.read = 0, set(), set()

    def __enter__(self):
        if not sys.platform.startswith("linux"):
            return self
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(0)
        folders = {self.root, *(path for path in self.root.rglob("*") if path.is_dir())}
        self.watched = {}
        for folder in folders:
            watch = libc.inotify_add_watch(self.descriptor, os.fsencode(folder), IN_OPEN | IN_ACCESS)
            if watch < 0:
                raise BenchmarkError("inotify has too few watches: see /proc/sys/fs/inotify/max_user_watches")
            self.watched[watch] = folder
        self.pipe = os.pipe()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        return self

    def _read(self):
        import select

        while True:
            ready, _, _ = select.select([self.descriptor, self.pipe[0]], [], [])
            if self.descriptor in ready:
                self._count(os.read(self.descriptor, 1 << 16))
            elif ready:
                return

    def _count(self, events):
        position = 0
        while position < len(events):
            watch, mask, _, length = struct.unpack_from("iIII", events, position)
            name = events[position + 16 : position + 16 + length].rstrip(b"\0").decode()
            position += 16 + length
            if mask & IN_Q_OVERFLOW:
                raise BenchmarkError("inotify lost events")
            if mask & IN_ISDIR:
                # A folder's own event; its parent has one with its name too.
                self.listings += bool(mask & IN_OPEN) and not name
            elif name.endswith(".parquet"):
                (self.opened if mask & IN_OPEN else self.read).add(self.watched[watch] / name)

    def __exit__(self, *_):
        if sys.platform.startswith("linux"):
            os.write(self.pipe[1], b"x")
            self.reader.join()
            for descriptor in (self.descriptor, *self.pipe):
                os.close(descriptor)

    def text(self):
        """Return the counts as a text."""
        if not sys.platform.startswith("linux"):
            return "not counted"
        return f"{self.listings:,} folders listed, {len(self.opened):,} files opened, {len(self.read):,} read"


@dataclass
class Measured:
    """The median Build of several runs of a command, and what was opened in the last."""

    build: Build
    files: FileCounter


def counted_dbt(command, root, warehouse, options, arguments=(), project=None):
    """Run dbt once as measure.run_dbt() does; return its Build and the FileCounter of the export."""
    with FileCounter(root) as files:
        build = run_dbt(command, root, warehouse, options, arguments, project)
    return build, files


def median(runs):
    """Return the Measured of several results of counted_dbt()."""
    return Measured(median_build([build for build, _ in runs]), runs[-1][1])


# ------------------------------------------------------------------------------------------- what is built on


def make_history(options, days, all_days):
    """Make an export of some days; return its root and the files of each of the days after them {target: source}.

    All lengths are hard links to one generated export, so that the days they share, and the new ones, are the same.
    """
    new = options.repeats + 1
    source = make_days(all_days + new, options.events_per_day)
    return split_export(source, WORK / f"history-{days}", days, new)


def make_days(days, events_per_day):
    """Make an export of so many days with about so many CRM events each unless it is there; return its root (path)."""
    root = WORK / f"days-{days}-{events_per_day}"
    per_day = messages_per_day_for(events_per_day * days, 2, days)
    run_process(
        [
            sys.executable, "-m", "sample_export", str(root), "--days", str(days), "--messages-per-day", str(per_day),
            "--no-violations", "--no-late-files", "--if-missing",
        ]
    )  # fmt: skip
    return root


def split_export(source, root, days, new):
    """Link some days of an export into a folder, and return it with the files of the days after them, the newest ones.

    source, root: paths. days, new: how many. Returns root and, for each of the new days, a dict {target: source}.
    """
    newest = date.fromisoformat(max(path.parent.name for path in source.rglob("*.parquet"))[5:])
    shutil.rmtree(root, ignore_errors=True)
    new_days = {f"date={newest - timedelta(days=back)}": {} for back in reversed(range(new))}
    kept = {}
    for path in sorted(source.rglob("*.parquet")):
        target = root / path.relative_to(source)
        path.read_bytes()  # once, so that whoever is measured first does not pay for the disk
        if path.parent.name in new_days:
            new_days[path.parent.name][target] = path
        elif path.parent.name > f"date={newest - timedelta(days=days + new)}":
            kept[target] = path
    link_files(kept)
    return root, list(new_days.values())


def link_files(files):
    """Link files, {target: source}, into an export."""
    for target, source in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, target)


def make_nothing(models, tests):
    """Write a dbt project with as many models and data tests that do nothing; return its folder (path)."""
    folder = WORK / "nothing"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "dbt_project.yml").write_text(
        "name: nothing\nprofile: nothing\nflags:\n  send_anonymous_usage_stats: false\n", encoding="utf-8"
    )
    (folder / "profiles.yml").write_text(
        "nothing:\n  target: nothing\n  outputs:\n    nothing:\n      type: duckdb\n      threads: 1\n"
        f"      path: {json.dumps(str(WORK / 'nothing.duckdb'))}\n",
        encoding="utf-8",
    )
    for number in range(models):
        (folder / "models" / f"model_{number}.sql").write_text("select 1 as one\n", encoding="utf-8")
    for number in range(tests):
        (folder / "tests" / f"test_{number}.sql").write_text("select 1 as one where false\n", encoding="utf-8")
    return folder


# ------------------------------------------------------------------------------------------- what is measured


def measure_history(options, days, all_days):
    """Build a history, then one new day after the other; return both Measured, the export and the warehouse.

    Days differ in what they cost: now and then DuckDB brings the ends of a table together. The first day after a full
    build does so for all that its threads left, once, and is not measured.
    """
    root, new_days = make_history(options, days, all_days)
    warehouse = WORK / f"history-{days}.duckdb"
    remove_database(warehouse)
    console.print(f"[dim]{days} days: building[/dim]")
    full = median([counted_dbt("build", root, warehouse, options, NO_TESTS)])
    runs = []
    for files in new_days:
        link_files(files)
        os.sync()  # or the build waits for the disk
        runs.append(counted_dbt("build", root, warehouse, options, NO_TESTS))
    return full, median(runs[1:]), root, warehouse


def measure_unchanged(options, root, warehouse):
    """Measure builds with nothing to do against a project that does nothing."""
    counted = run_process([DBT, "--quiet", "ls", "--output", "json", "--output-keys", "resource_type"], {
        "DBT_TARGET_PATH": str(WORK / "target-ls"), "DBT_LOG_PATH": str(WORK / "logs"),
    }).output  # fmt: skip
    models = counted.count('"resource_type": "model"')
    tests = counted.count('"resource_type": "test"')
    nothing = make_nothing(models, tests)
    remove_database(WORK / "nothing.duckdb")
    empty = WORK / "no-export"
    empty.mkdir(exist_ok=True)
    kinds = {
        "dbt run, a project that does nothing": ("run", empty, (), nothing),
        "dbt build, a project that does nothing": ("build", empty, (), nothing),
        "dbt run": ("run", root, (), None),
        "dbt build without tests": ("build", root, NO_TESTS, None),
        "dbt build --selector production": ("build", root, ("--selector", "production"), None),
        "dbt build": ("build", root, (), None),
    }
    for command, where, arguments, project in kinds.values():  # parses, and warms what can be
        counted_dbt(command, where, warehouse, options, arguments, project)
    runs = {name: [] for name in kinds}
    for _ in range(options.repeats):
        for name, (command, where, arguments, project) in kinds.items():
            runs[name].append(counted_dbt(command, where, warehouse, options, arguments, project))
    measured = {name: median(found) for name, found in runs.items()}
    shown = {name: result.build.run for name, result in measured.items()}
    print_runs(f"Nothing changed: {models} models, {tests} data tests", "doing nothing", shown)
    base = shown["dbt run, a project that does nothing"]
    for name, limit in (("dbt run", GOAL_UNCHANGED), ("dbt build --selector production", GOAL_PRODUCTION)):
        console.print(f"{name} to a dbt run that does nothing: {goal_of(shown[name], base, limit)}")
    same = shown["dbt build, a project that does nothing"]
    console.print(f"A build with as many tests that do nothing to that: {same.cpu / base.cpu:.2f}")
    for name, result in measured.items():
        if "nothing" not in name:
            console.print(f"{name}: {result.files.text()}")
    read = max(len(result.files.read) for result in measured.values())
    console.print(f"Files of events read when nothing changed: {read} (goal 0)\n")
    slowest = sorted(measured["dbt run"].build.nodes["model"].items(), key=lambda item: -item[1])[:8]
    console.print("Slowest models with nothing to do: " + ", ".join(f"{name} {took:.2f} s" for name, took in slowest))
    console.print()


def changes(options):
    """Builds after small changes: none at all, and one new day on a short and on a long history."""
    all_days = max(options.short, options.long)
    short_full, short_day, root, warehouse = measure_history(options, options.short, all_days)
    measured = {f"all of {options.short} days": short_full, f"a day on {options.short}": short_day}
    if options.long != options.short:
        long_full, long_day, root, warehouse = measure_history(options, options.long, all_days)
        measured |= {f"a day on {options.long}": long_day, f"all of {options.long} days": long_full}
    builds = {name: result.build for name, result in measured.items()}
    made = table("Models: wall seconds", "model", *(f">{name}" for name in builds))
    last = list(builds.values())[-1].nodes["model"]
    for name in sorted(last, key=lambda name: -last[name]):
        made.add_row(name, *(f"{build.nodes['model'][name]:.2f}" for build in builds.values()))
    made.add_row("models together", *(f"{build.seconds('model'):.2f}" for build in builds.values()))
    console.print(made)
    console.print()
    title = f"One new day of {options.events_per_day:,} events, dbt build without tests"
    print_runs(title, f"all of {options.short} days", {name: build.run for name, build in builds.items()})
    for name, result in measured.items():
        console.print(f"{name}: {result.files.text()}")
    short, full = short_day.build, short_full.build
    if options.long != options.short:
        ratio = goal_of(long_day.build.run, short.run, GOAL_HISTORY)
        console.print(f"A new day on {options.long} days to one on {options.short}: {ratio}")
    console.print(f"A new day to the full build of {options.short} days: {goal_of(short.run, full.run, GOAL_FULL)}")
    models = goal(short.seconds("model") / full.seconds("model"), GOAL_FULL)
    console.print(f"The same, models alone, wall time: {models}\n")
    measure_unchanged(options, root, warehouse)


def add_options(parser):
    """Add the options of the command to its parser."""
    parser.add_argument("--events-per-day", type=int, default=20_000, help="CRM events a day (default %(default)s)")
    parser.add_argument("--short", type=int, default=60, help="days of the short history (default %(default)s)")
    parser.add_argument(
        "--long",
        type=int,
        default=600,
        help="days of the long history (default %(default)s); as many as the short one: it alone",
    )
    parser.add_argument(
        "--repeats",
        type=int,
        default=5,
        help="new days, and runs with nothing new, of which the median counts (default %(default)s)",
    )
