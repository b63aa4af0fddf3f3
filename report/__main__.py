"""Print what the warehouse holds: events, rejected rows, rule violations, the largest campaigns' funnel, conversions.

Usage: python -m report [WAREHOUSE]; the default is FLARELANE_WAREHOUSE, else warehouse/flarelane.duckdb.
"""

import argparse
import os
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import duckdb
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from report.tables import NONE, number, plain, shortened, terminal, visible, widths_that_fit
from report.warehouse import open_warehouse

CAMPAIGNS_PER_CHANNEL = 3
LONGEST_NAME = 30
# Cells by which a name can still be known on a narrow terminal.
SHORTEST_CAMPAIGN, SHORTEST_PROJECT, SHORTEST_GOAL = 14, 8, 10

EVENTS = """
    select channel, sum(checked_events)::bigint
    from (select distinct project_id, event_date, channel, checked_events from column_rule_results)
    group by channel order by 2 desc
"""

RECONCILIATION = """
    select coalesce(sum(source_rows), 0)::bigint, coalesce(sum(event_rows), 0)::bigint,
        coalesce(sum(duplicate_rows), 0)::bigint, coalesce(sum(rejected_rows), 0)::bigint,
        count(distinct project_id), min(event_date), max(event_date)
    from export_reconciliation
"""

FILES = "select state, count(*) from export_files group by state order by state"

REJECTED = "select rejection_reason, count(*) from stg_flarelane__rejected_crm_events group by 1 order by 2 desc, 1"

VIOLATIONS = """
    select rule, count(*) filter (where violations > 0), count(*), sum(violations)::bigint
    from (
        select channel, rule, column_name, sum(violations) as violations
        from column_rule_results group by channel, rule, column_name
    )
    group by rule order by rule
"""

FUNNEL = """
    select channel, project_id, coalesce(campaign_name, campaign_id), strftime(first_message_at, '%m-%d'), campaign_id,
        created_messages, [sent_messages, reached_messages, opened_messages, clicked_messages],
        [sent_rate, reached_messages / nullif(messages, 0)::double, open_rate, click_rate]
    from campaign_funnel
    qualify row_number() over (partition by channel order by messages desc, campaign_id) <= $1
    order by channel, messages desc, campaign_id
"""

# Of all campaigns: people of several campaigns count once, and each event has one last touch.
CONVERSIONS = """
    select goal, events.goal_events, events.credited_events, events.credited_revenue, events.currency,
        people.basis_recipients, people.converted_recipients
    from (
        select goal, currency, sum(goal_events)::bigint as goal_events, sum(credited_events)::bigint as credited_events,
            sum(credited_revenue) as credited_revenue
        from goal_conversions_daily group by goal, currency
    ) as events
    full join (
        select goal, count(distinct (project_id, person_key)) as basis_recipients,
            count(distinct (project_id, person_key)) filter (where is_converted) as converted_recipients
        from int_goal_messages group by goal
    ) as people using (goal)
    order by goal
"""


class Campaign(NamedTuple):
    """A row of FUNNEL: counts and rates are of the stages after created."""

    channel: str
    project: str
    name: str
    first_date: str
    id: str
    created: int
    counts: list
    rates: list


def with_rate(count, rate):
    """Return a count and its rate as text: '1,234  56.7%'; a dash where the channel cannot report it."""
    if count is None:
        return NONE
    return f"{count:,}" if rate is None else f"{count:,} {rate:>6.1%}"


def rate_alone(count, rate):
    """Return a rate as text; a dash where the channel cannot report it, nothing where its base is 0."""
    if count is None:
        return NONE
    return "" if rate is None else f"{rate:.1%}"


def with_dim_rate(text):
    """Return a count with its rate (str) as rich shows it (Text)."""
    count, space, rate = text.partition(" ")
    return Text.assemble(count, space, (rate, "dim"))


def amount(value, currency):
    """Return an amount with its currency as text: '1,234.50 USD', cents only where there are some; a dash for none."""
    return NONE if value is None else f"{value:,.2f}".removesuffix(".00") + f" {visible(currency)}"


def table(title, headings, rows):
    """Return a rich table whose numbers are never cut. headings: list of str, '>' before those of numbers.

    rows: list of lists of Text.
    """
    made = Table(
        title=plain(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for place, heading in enumerate(headings):
        if heading.startswith(">"):
            least = max([cell_len(heading[1:]), *(row[place].cell_len for row in rows)])
            made.add_column(heading[1:], justify="right", no_wrap=True, min_width=least)
        else:
            made.add_column(heading, no_wrap=True)
    for row in rows:
        made.add_row(*row)
    return made


def count_table(title, headings, rows):
    """Return a rich table of names with counts. rows: lists of a str and ints."""
    return table(title, headings, [[plain(name), *(Text(number(count)) for count in counts)] for name, *counts in rows])


def print_side_by_side(console, tables):
    """Print tables side by side, as many as the terminal has room for, the others below."""
    between = 4
    rows, room = [], 0
    for one in tables:
        width = console.measure(one).maximum
        if width > room:
            rows.append([])
            room = console.width
        rows[-1].append(one)
        room -= width + between
    for row in rows:
        grid = Table.grid(padding=(0, between, 0, 0))
        grid.add_row(*row)
        console.print()
        console.print(grid, crop=False)


def marks(campaigns):
    """Return what tells campaigns of one name apart: their first dates, or the ends of their ids (list of str)."""
    dates, ids = [one.first_date for one in campaigns], [visible(one.id) for one in campaigns]
    if len(set(dates)) == len(dates):
        return [f" ({date})" for date in dates]
    length = next((n for n in range(4, 36) if len({one[-n:] for one in ids}) == len(ids)), 36)
    return [f" (…{one[-length:]})" for one in ids]


def told_apart(campaigns, beside, cells):
    """Return the campaigns' names, shortened, where two would look the same with what tells them apart (list of str).

    beside: for each campaign what stands beside its name (list of str). cells: width of the column.
    """
    longest = min(cells, LONGEST_NAME)
    alike = defaultdict(list)
    for place, one in enumerate(campaigns):
        alike[*beside[place], shortened(one.name, longest)].append(place)
    names = {}
    for (*_, name), places in alike.items():
        names[places[0]] = name
        if len(places) > 1:
            for place, mark in zip(places, marks([campaigns[place] for place in places]), strict=True):
                names[place] = shortened(campaigns[place].name, min(longest, cells - cell_len(mark))) + mark
    return [names[place] for place in range(len(campaigns))]


def funnel_table(connection, cells):
    """Return the table of the largest campaigns; where there is little room it has rates alone, then no project.

    connection: DuckDB, open on the warehouse. cells: width of the terminal.
    """
    campaigns = [Campaign(*row) for row in connection.execute(FUNNEL, [CAMPAIGNS_PER_CHANNEL]).fetchall()]
    stages = ["created", "sent", "reached", "opened", "clicked"]
    for show, has_project in ((with_rate, True), (rate_alone, True), (rate_alone, False)):
        headings = ["channel", "project", "campaign"] if has_project else ["channel", "campaign"]
        enough = {headings.index("campaign"): SHORTEST_CAMPAIGN} | ({1: SHORTEST_PROJECT} if has_project else {})
        beside = [[one.channel, visible(one.project)][: len(headings) - 1] for one in campaigns]
        counts = [
            [number(one.created), *(show(*stage) for stage in zip(one.counts, one.rates, strict=True))]
            for one in campaigns
        ]
        rows = zip(beside, told_apart(campaigns, beside, cells), counts, strict=True)
        rows = [[*before, name, *numbers] for before, name, numbers in rows]
        widths = widths_that_fit([[*headings, *stages], *rows], enough, cells)
        if widths:
            break
    widths = widths or enough

    beside = [[channel, *(shortened(one, widths[1]) for one in project)] for channel, *project in beside]
    names = told_apart(campaigns, beside, widths[len(headings) - 1])
    shown, rows = None, []
    for (channel, *project), name, numbers in zip(beside, names, counts, strict=True):
        rows.append(
            [
                *map(Text, [channel if channel != shown else "", *project, name]),
                *map(with_dim_rate, numbers),
            ]
        )
        shown = channel
    title = f"Campaign funnel: the {CAMPAIGNS_PER_CHANNEL} largest campaigns of each channel"
    return table(title, [*headings, *(f">{stage}" for stage in stages)], rows)


def conversions_table(connection, cells):
    """Return the table of the goals, None without goals. connection, cells: see funnel_table."""
    rows = []
    for goal, events, credited, revenue, currency, people, converted in connection.execute(CONVERSIONS).fetchall():
        rate = f"{converted / people:.1%} of {people:,}" if people else NONE
        rows.append([goal, f"{credited or 0:,} of {events or 0:,}", amount(revenue, currency), rate])
    if not rows:
        return None
    headings = ["goal", "credited events", "last-touch revenue", "converted people"]
    enough = {0: SHORTEST_GOAL}
    widths = widths_that_fit([headings, *rows], enough, cells) or enough
    rows = [[Text(shortened(goal, widths[0])), *map(Text, numbers)] for goal, *numbers in rows]
    return table("Conversions by goal", ["goal", *(f">{heading}" for heading in headings[1:])], rows)


def print_summary(connection, console):
    """Print the summary. connection: DuckDB, open on the warehouse; console: rich.console.Console."""
    source, events, duplicates, rejected, projects, first, last = connection.execute(RECONCILIATION).fetchone()
    files = ", ".join(f"{count:,} {state}" for state, count in connection.execute(FILES).fetchall())
    console.print()
    console.print(
        Text.assemble(
            (f"{events:,} events", "bold"),
            f" of {projects} projects, {first} to {last}, from {source:,} source rows ({duplicates:,} duplicates, "
            f"{rejected:,} rejected). Files: {files}.",
        )
    )

    print_side_by_side(
        console,
        [
            count_table("Events by channel", ["channel", ">events"], connection.execute(EVENTS).fetchall()),
            count_table("Rejected rows by reason", ["reason", ">rows"], connection.execute(REJECTED).fetchall()),
            count_table(
                "Column rules", ["rule", ">broken", ">of", ">events"], connection.execute(VIOLATIONS).fetchall()
            ),
        ],
    )

    console.print()
    console.print(funnel_table(connection, console.width), crop=False)
    console.print(
        f"{NONE} the channel cannot report it. Rates: sent of created, reached of all messages, opened of "
        "delivered, clicked of reached.",
        style="dim",
    )
    goals = conversions_table(connection, console.width)
    if goals:
        console.print()
        console.print(goals, crop=False)
        console.print(
            "Credited: events of the goal that came after a message, within its hours. Converted: of the people with a "
            "message that could be credited.",
            style="dim",
        )


def main():
    """Open the warehouse read-only and print; exit 1 with a message where there is none."""
    parser = argparse.ArgumentParser(prog="python -m report", description=__doc__.splitlines()[0])
    parser.add_argument("warehouse", nargs="?", type=Path, help="DuckDB file (default: FLARELANE_WAREHOUSE)")
    path = parser.parse_args().warehouse or Path(os.environ.get("FLARELANE_WAREHOUSE") or "warehouse/flarelane.duckdb")
    if not path.is_file():
        raise SystemExit(f"No warehouse at {path}: run `dbt build` first, or set FLARELANE_WAREHOUSE.")
    try:
        with open_warehouse(path) as connection:
            print_summary(connection, terminal())
    except duckdb.CatalogException as error:
        raise SystemExit(
            f"{path} lacks a model: {str(error).splitlines()[0]} Run `dbt build` to the end first. If this is a "
            "published copy of some models, name the warehouse itself (FLARELANE_WAREHOUSE)."
        ) from None
    except duckdb.IOException as error:
        if "Could not set lock" not in str(error):
            raise SystemExit(f"{path} cannot be opened: {str(error).splitlines()[0]}") from None
        raise SystemExit(
            f"{path} is in use by another process, such as a build: try again when it has ended, or give the published "
            "copy: python -m report PATH."
        ) from None


if __name__ == "__main__":
    main()
