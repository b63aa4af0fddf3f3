"""Print what the warehouse holds: events, rejected rows, rule violations, and the funnel of the largest campaigns.

Usage: python -m report [WAREHOUSE]; the default is FLARELANE_WAREHOUSE, else warehouse/flarelane.duckdb.
"""

import os
import sys
from pathlib import Path

import duckdb
from rich.table import Table
from rich.text import Text

from report.tables import plain, terminal, visible

CAMPAIGNS_PER_CHANNEL = 3
LONGEST_NAME = 30
NOT_REPORTED = "–"

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
    select project_id, coalesce(campaign_name, campaign_id), channel, created_messages, sent_messages,
        reached_messages, opened_messages, clicked_messages, sent_rate, reached_messages / nullif(messages, 0)::double,
        open_rate, click_rate
    from campaign_funnel
    qualify row_number() over (partition by channel order by messages desc, campaign_id) <= $1
    order by channel, messages desc, campaign_id
"""


def number(value):
    """Return a count as text: 12,345, or a dash where the channel cannot report it."""
    return NOT_REPORTED if value is None else f"{value:,}"


def with_rate(count, rate):
    """Return a count and its rate as text: '1,234  56.7 %'; a dash where the channel cannot report it."""
    if count is None:
        return NOT_REPORTED
    return f"{count:,}" if rate is None else Text.assemble(f"{count:,} ", (f"{rate:>6.1%}", "dim"))


def shortened(name):
    """Return a name as rich shows it (Text), cut where it is longer than a column of the summary."""
    seen = visible(name)
    return plain(seen if len(seen) <= LONGEST_NAME else seen[: LONGEST_NAME - 1] + "…")


def table(title, *headers):
    """Return an empty rich table; a header that begins with '>' is right-aligned."""
    made = Table(
        title=plain(title), title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for header in headers:
        made.add_column(header.lstrip(">"), justify="right" if header.startswith(">") else "left", no_wrap=True)
    return made


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

    by_channel = table("Events by channel", "channel", ">events")
    for channel, count in connection.execute(EVENTS).fetchall():
        by_channel.add_row(channel, number(count))
    by_reason = table("Rejected rows by reason", "reason", ">rows")
    for reason, count in connection.execute(REJECTED).fetchall():
        by_reason.add_row(reason, number(count))
    by_rule = table("Column rules", "rule", ">broken", ">of", ">events")
    for rule, broken, rules, violations in connection.execute(VIOLATIONS).fetchall():
        by_rule.add_row(rule, number(broken), number(rules), number(violations))
    side_by_side = Table.grid(padding=(0, 4, 0, 0))
    side_by_side.add_row(by_channel, by_reason, by_rule)
    console.print()
    console.print(side_by_side)

    funnel = table(
        f"Campaign funnel: the {CAMPAIGNS_PER_CHANNEL} largest campaigns of each channel",
        "channel", "project", "campaign", ">created", ">sent", ">reached", ">opened", ">clicked",
    )  # fmt: skip
    shown = None
    for row in connection.execute(FUNNEL, [CAMPAIGNS_PER_CHANNEL]).fetchall():
        project, campaign, channel, created, sent, reached, opened, clicked, *rates = row
        sent_rate, reach_rate, open_rate, click_rate = rates
        if shown not in (None, channel):
            funnel.add_section()
        funnel.add_row(
            channel if channel != shown else "",
            plain(project),
            shortened(campaign),
            number(created),
            with_rate(sent, sent_rate),
            with_rate(reached, reach_rate),
            with_rate(opened, open_rate),
            with_rate(clicked, click_rate),
        )
        shown = channel
    console.print()
    console.print(funnel)
    console.print(
        f"{NOT_REPORTED} the channel cannot report it. Rates: sent of created, reached of all messages, opened of "
        "delivered, clicked of reached.",
        style="dim",
    )


def main():
    """Open the warehouse read-only and print; exit 1 with a message where there is none."""
    arguments = sys.argv[1:]
    path = Path(arguments[0] if arguments else os.environ.get("FLARELANE_WAREHOUSE", "warehouse/flarelane.duckdb"))
    if not path.is_file():
        raise SystemExit(f"No warehouse at {path}: run `dbt build` first, or set FLARELANE_WAREHOUSE.")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            print_summary(connection, terminal())
    except duckdb.CatalogException as error:
        raise SystemExit(
            f"{path} lacks a model: {str(error).splitlines()[0]} Run `dbt build` to the end first."
        ) from None
    except duckdb.IOException as error:
        if "Could not set lock" not in str(error):
            raise
        raise SystemExit(
            f"{path} is in use by another process, such as a build: try again when it has ended, or name the published "
            "copy (FLARELANE_PUBLISHED_WAREHOUSE)."
        ) from None


if __name__ == "__main__":
    main()
