"""Measure what conversions add to messages and funnels, and what a new day of them takes.

Usage: python -m benchmarks conversions [options]. The models of customer events, and those of conversions, are run
after the others, each in a run of dbt of its own; what a run takes that has nothing to do is taken off.
"""

import sys

from sample_export.generator import messages_per_day_for

from .changes import link_files, split_export
from .measure import (
    GOAL_MEMORY,
    WORK,
    Run,
    bytes_of,
    console,
    goal,
    print_runs,
    print_setting,
    remove_database,
    rows_of,
    run_dbt,
    run_process,
)

GOAL_CONVERSIONS, GOAL_DAY = 0.5, 0.1
PROJECTS = 2
# What follows from a goal, and what of the customer events does not.
CONVERSIONS = ("int_conversion_goals+",)
CUSTOMERS = ("source:flarelane.customer_events+",)
PARTS = {
    "messages, funnels and all else of crm_events": ("--exclude", *CONVERSIONS, *CUSTOMERS),
    "customer events: staging and reconciliation": ("--select", *CUSTOMERS, "--exclude", *CONVERSIONS),
    "conversions": ("--select", *CONVERSIONS),
}


def make_export(options):
    """Make an export with about so many events of either table, and keep its last day aside, to come later.

    Returns its root, the files of the last day {target: source}, and the source rows of either table.
    """
    source = WORK / f"conversions-{options.events}-{options.customer_events}-{options.days}"
    per_day = options.customer_events // (options.days * PROJECTS)
    run_process(
        [
            sys.executable, "-m", "sample_export", str(source), "--days", str(options.days), "--messages-per-day",
            str(messages_per_day_for(options.events, PROJECTS, options.days)), "--customer-events-per-day",
            str(max(per_day, 1)), "--no-violations", "--no-late-files", "--if-missing",
        ]
    )  # fmt: skip
    root, [new_day] = split_export(source, WORK / "conversions", options.days - 1, 1)
    return root, new_day, rows_of(source)


def run_parts(root, options):
    """Run the parts one after the other, and return {part: Run} less what a run with nothing to do takes."""
    warehouse = WORK / "conversions.duckdb"
    measured = {}
    for part, arguments in PARTS.items():
        run = run_dbt("run", root, warehouse, options, arguments).run
        nothing = run_dbt("run", root, warehouse, options, arguments).run
        measured[part] = Run(max(run.cpu - nothing.cpu, 0), max(run.wall - nothing.wall, 0), run.peak_bytes)
    return measured


def conversions(options):
    """What conversions add to messages and funnels, and a new day of them against all days."""
    root, new_day, (rows, customer_rows) = make_export(options)
    warehouse = WORK / "conversions.duckdb"
    remove_database(warehouse)
    run_dbt("seed", root, warehouse, options)
    full = run_parts(root, options)
    link_files(new_day)
    day = run_parts(root, options)

    print_setting(options, rows)
    console.print(f"{customer_rows:,} rows of customer_events\n")
    *_, name = PARTS
    for title, runs in ((f"All of {options.days - 1} days", full), ("One new day", day)):
        print_runs(title, "the first", runs)
    added = full[name].cpu / next(iter(full.values())).cpu
    console.print(f"Conversions to messages and funnels: {goal(added, GOAL_CONVERSIONS)}")
    console.print(f"A new day of conversions to all days: {goal(day[name].cpu / full[name].cpu, GOAL_DAY)}")
    peak = max(run.peak_bytes for run in full.values())
    console.print(f"Resident memory to the limit: {goal(peak / bytes_of(options.memory_limit), GOAL_MEMORY)}")


def add_options(parser):
    """Add the options of the command to its parser."""
    for name, what in (("--events", "CRM events"), ("--customer-events", "customer events")):
        parser.add_argument(name, type=int, default=10_000_000, help=f"about how many {what} (default %(default)s)")
    parser.add_argument("--days", type=int, default=60, help="days of the export (default %(default)s)")
