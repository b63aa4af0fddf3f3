"""What the funnel report shows, read from the marts and packed so that years of many campaigns fit into one page.

The report holds counts, never people: rows are sums by project, campaign or journey step, channel and period. Where
days are too many for the page, a table goes over to weeks, months, or one row for all dates (LADDER), and the page says
so. Rates are not stored: the page computes them from sums, as seeds/funnel_rates.csv defines them.

The packed form is gzip over one line of JSON (the header) and the columns of numbers behind it.
"""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from codegen.facts import REACHED, STAGES

LADDER = {
    "day": "message_date",
    "week": "date_trunc('week', message_date)",
    "month": "date_trunc('month', message_date)",
    "all": "(select min(message_date) from daily)",
}
# Packed bytes that a table may take; with the charts' script the page stays below 5 MB.
BUDGETS = {
    "channels": 150_000,
    "campaigns": 1_600_000,
    "steps": 450_000,
    "failures": 300_000,
    "rejected": 30_000,
    "rows": 30_000,
    "rules": 30_000,
    "events": 30_000,
    "conversions": 450_000,
    "campaign_conversions": 250_000,
    "journey_conversions": 30_000,
    "channel_conversions": 30_000,
    "channel_conversions_daily": 100_000,
    "goals": 40_000,
    "hours": 150_000,
    "platform_hours": 150_000,
    "platforms": 60_000,
    "pressure": 20_000,
}
# Counts rarely pack into less; what cannot fit by this is not even tried.
LEAST_BYTES_A_COUNT = 0.2
MOST_ERRORS = 300
LONGEST_ERROR = 200
MOST_FILES = 200
# Rows that a list of the header may take: templates, and elements of in-app messages.
MOST_LISTED = 1000

# Counts that mostly equal another one are stored as the difference to it: the first that the row's channel reports.
CLOSE_TO = {
    "created_messages": ["messages"],
    "sent_messages": ["created_messages"],
    "delivered_messages": ["sent_messages"],
    "reached_messages": ["delivered_messages", "sent_messages"],
}

COUNTS = ["messages", *(f"{stage}_messages" for stage in STAGES), "reached_messages"]

# Amounts do not fit 32 bits: they are stored in two columns, as multiples of WIDE and what is left.
AMOUNTS = ["revenue", "last_touch_revenue", "goal_revenue", "credited_revenue"]
WIDE = 2**24

EMAIL = r"[^\s@<>\"'']+@[^\s@<>\"'']+\.[^\s@<>\"'']+"
PHONE = r"\+?\(?[0-9](?:[-\s().]{0,2}[0-9]){7,}"


def masked(column):
    """Return SQL of an error's text in which what looks like an email address or a phone number is not to be read."""
    without_email = f"regexp_replace({column}, '{EMAIL}', '[email]', 'g')"
    return f"regexp_replace({without_email}, '{PHONE}', '[number]', 'g')"


@dataclass
class Table:
    """Counts by series and period: keys (name to list, one entry a series), columns (name to array, an entry a row)."""

    name: str
    period: str
    keys: dict
    columns: dict


def read_table(connection, facts, name, source, keys, counts, settled=False, decimals=0):
    """Read one table of counts at the finest period whose packed size fits its budget.

    source: query with the columns of keys, message_date, those of counts and, if settled, is_settled. Amounts among
    the counts become whole numbers with so many decimals.
    """
    listed = ", ".join(keys)
    same = " and ".join(f"source.{key} is not distinct from series.{key}" for key in keys)
    connection.execute(f"""
        create or replace temp table series as
        select row_number() over (order by {listed}) - 1 as series, {listed}
        from (select distinct {listed} from ({source}))
    """)
    connection.execute(f"""
        create or replace temp table daily as
        select series.series, message_date, {", ".join(counts)} {", is_settled" if settled else ""}
        from ({source}) as source inner join series on {same}
    """)
    found = connection.execute(f"select {listed} from series order by series").fetchall()
    totals = {count: f"sum(coalesce({count}, 0))" for count in counts}
    totals |= {count: f"cast({totals[count]} * {10**decimals} as bigint)" for count in counts if count in AMOUNTS}
    sums = ", ".join(f"{total} as {count}" for count, total in totals.items())
    sums += ", bool_and(is_settled) as is_settled" if settled else ""
    for period, expression in LADDER.items():
        last = period == "all"
        [rows] = connection.execute(f"select count(distinct (series, {expression})) from daily").fetchone()
        if not last and rows * len(counts) * LEAST_BYTES_A_COUNT > BUDGETS[name]:
            continue
        columns = connection.execute(f"""
            select series, date_diff('day', date '1970-01-01', cast({expression} as date)) as period, {sums}
            from daily group by all order by 1, 2
        """).fetchnumpy()
        table = Table(
            name,
            period,
            {key: [row[place] for row in found] for place, key in enumerate(keys)},
            {column: np.ma.getdata(values).astype(np.int64) for column, values in columns.items()},
        )
        if set(COUNTS) <= set(counts):
            table.columns |= differences(table, facts)
        for count in [count for count in counts if count in AMOUNTS]:
            table.columns[f"{count}_high"], table.columns[f"{count}_low"] = np.divmod(table.columns.pop(count), WIDE)
        if last or len(gzip.compress(column_bytes(table), 6)) <= BUDGETS[name]:
            return table


def reported_rows(table, count, facts):
    """Return which rows are of a channel that reports a count (array of bool)."""
    stage = count.removesuffix("_messages")
    reported = [
        count in ("messages", "reached_messages") or stage in facts.stages(channel) for channel in table.keys["channel"]
    ]
    return np.array(reported, dtype=bool)[table.columns["series"]]


def differences(table, facts):
    """Return each count that is close to another as its difference (dict of name to array): see CLOSE_TO."""
    stored = {}
    for count, candidates in CLOSE_TO.items():
        expected = np.zeros_like(table.columns[count])
        for candidate in reversed(candidates):
            expected = np.where(reported_rows(table, candidate, facts), table.columns[candidate], expected)
        stored[count] = table.columns[count] - np.where(reported_rows(table, count, facts), expected, 0)
    return stored


def column_bytes(table):
    """Return a table's columns as bytes: each as 32-bit numbers in four planes, lowest bytes first.

    Series and period are stored as steps from the row before. Negative numbers are folded between the positive ones,
    so that small numbers of either sign fill the lowest plane alone; the other planes pack to next to nothing.
    """
    packed = []
    for name, values in table.columns.items():
        values = np.diff(values, prepend=0) if name in ("series", "period") else values
        folded = np.where(values < 0, -2 * values - 1, 2 * values).astype("<u4")
        packed.append(folded.view(np.uint8).reshape(-1, 4).T.tobytes())
    return b"".join(packed)


def places(values):
    """Return the place of each value in a list (dict)."""
    return {value: place for place, value in enumerate(values)}


def records(connection, query):
    """Return a query's rows (list of dict); times as text in ISO 8601, to the second."""
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [
        {
            name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in result.fetchall()
    ]


def read_tables(connection, facts):
    """Read all tables of counts: a dict of name to Table. Keys are still texts."""
    # Errors are free text of the providers: few are common, and the rest would only fill the page.
    failures = f"""
        with errors as (
            select error, left({masked("error")}, {LONGEST_ERROR}) as text, sum(messages) as messages
            from campaign_failures where error is not null group by error
        ),
        listed as (select text from errors group by text order by sum(messages) desc, text limit {MOST_ERRORS})
        select
            failures.* exclude (error),
            case when failures.error is null then null else coalesce(listed.text, '') end as error
        from campaign_failures_daily as failures
        left join errors on failures.error = errors.error
        left join listed on errors.text = listed.text
    """
    sources = {
        "channels": ("select * from channel_funnel_daily", ["project_id", "channel"], COUNTS, True),
        "campaigns": ("select * from campaign_funnel_daily", ["project_id", "campaign_id", "channel"], COUNTS, True),
        "steps": (
            "select * from journey_step_funnel_daily",
            ["project_id", "journey_id", "journey_step_id", "channel"],
            COUNTS,
            True,
        ),
        "failures": (
            failures,
            ["project_id", "campaign_id", "journey_id", "channel", "stage", "error"],
            ["messages"],
        ),
        "rows": (
            "select *, event_date as message_date from export_reconciliation",
            ["project_id"],
            ["source_rows", "event_rows", "duplicate_rows", "rejected_rows"],
        ),
        # Reasons are the one thing that no mart has.
        "rejected": (
            "select projectid as project_id, rejection_reason, date as message_date, 1 as rejected_rows"
            " from stg_flarelane__rejected_crm_events",
            ["project_id", "rejection_reason"],
            ["rejected_rows"],
        ),
        "events": (
            "select distinct project_id, channel, event_date as message_date, checked_events from column_rule_results",
            ["project_id", "channel"],
            ["checked_events"],
        ),
        "rules": (
            "select *, event_date as message_date from column_rule_results where violations > 0",
            ["project_id", "channel", "rule", "column_name"],
            ["violations"],
        ),
        # Weekday and hour are of the series, so that weeks and months keep them.
        "hours": (
            "select * from hour_funnel_daily",
            ["project_id", "channel", "message_weekday", "message_hour"],
            ["reached_messages", "clicked_messages"],
        ),
        # No mart has hours by platform.
        "platform_hours": (
            """
            select project_id, channel, platform, message_date, isodow(message_date) as message_weekday, message_hour,
                count(*) filter (where is_reached) as reached_messages, count(clicked_at) as clicked_messages
            from int_funnel_messages where platform is not null group by all
            """,
            ["project_id", "channel", "platform", "message_weekday", "message_hour"],
            ["reached_messages", "clicked_messages"],
        ),
        "platforms": (
            "select * from platform_funnel_daily where platform is not null or provider is not null",
            ["project_id", "channel", "platform", "provider"],
            [f"{count}_messages" for count in ("created", "sent", "failed", "delivered", "reached", "clicked")],
        ),
        "pressure": (
            "select *, week as message_date from message_pressure_weekly",
            ["project_id", "reached_bucket"],
            ["people", "clicked_people", "reached_messages", "clicked_messages"],
        ),
    }
    tables = {name: read_table(connection, facts, name, *source) for name, source in sources.items()}
    return tables | read_conversions(connection, facts)


def read_conversions(connection, facts):
    """Read the tables of conversions: a dict of name to Table."""
    counts = ["basis_messages", "basis_recipients", "converted_recipients", "conversions", "last_touch_conversions"]
    amounts = ["revenue", "last_touch_revenue"]
    # One row a group: any date will do. -1: no median.
    whole = "date '1970-01-01' as message_date, coalesce(round(median_seconds_to_conversion), -1) as median_seconds"
    grains = {
        "campaign_conversions": ("campaign_conversions", ["goal", "project_id", "campaign_id", "channel"]),
        "journey_conversions": ("journey_conversions", ["goal", "project_id", "journey_id", "channel"]),
        "channel_conversions": ("int_channel_conversions", ["goal", "project_id", "channel"]),
    }
    sources = {
        "conversions": (
            "select * from campaign_conversions_daily",
            ["goal", "project_id", "campaign_id", "channel"],
            [*counts, *amounts],
            True,
        ),
        # So that days of channels stay days where there are too many campaigns.
        "channel_conversions_daily": (
            "select * from campaign_conversions_daily",
            ["goal", "project_id", "channel"],
            [*counts, *amounts],
            True,
        ),
        "goals": (
            "select *, event_date as message_date from goal_conversions_daily",
            ["goal", "project_id"],
            ["goal_events", "credited_events", "goal_revenue", "credited_revenue"],
            False,
        ),
    } | {
        name: (f"select *, {whole} from {source}", keys, [*counts, *amounts, "median_seconds"], False)
        for name, (source, keys) in grains.items()
    }
    decimals = revenue_decimals(connection)
    return {name: read_table(connection, facts, name, *source, decimals) for name, source in sources.items()}


def revenue_decimals(connection):
    """Return how many decimals the amounts have (int, at most 4)."""
    [places] = connection.execute("""
        select coalesce(max(length(rtrim(split_part(cast(revenue as varchar), '.', 2), '0'))), 0)
        from campaign_conversions_daily
    """).fetchone()
    [daily] = connection.execute("""
        select coalesce(max(length(rtrim(split_part(cast(goal_revenue as varchar), '.', 2), '0'))), 0)
        from goal_conversions_daily
    """).fetchone()
    return max(places, daily)


def read_zone(connection):
    """Return the zone whose calendar gives the dates (str): the one by which the warehouse tells a message's hour."""
    found = connection.execute(
        "select regexp_extract(sql, $1, 1) from duckdb_views() where view_name = 'int_funnel_messages'",
        [r"timezone\('([^']+)'"],
    ).fetchone()
    return (found and found[0]) or "UTC"


WHOLE_PERIOD = """
    channel, reached_recipients, clicked_recipients, open_events, click_events,
    median_seconds_to_delivery, median_seconds_to_click, first_message_at, last_message_at
"""


def read_names(connection):
    """Read the names and all that is known of the whole period only: a dict for the header."""
    return {
        "projects": [
            row[0]
            for row in connection.execute(
                "select project_id from export_reconciliation union select project_id from dim_campaigns order by 1"
            ).fetchall()
        ],
        "campaigns": records(
            connection,
            "select project_id, campaign_id as id, campaign_name as name, first_message_at, last_message_at"
            " from dim_campaigns order by all",
        ),
        "journeys": records(
            connection,
            "select project_id, journey_id as id, journey_name as name, first_message_at, last_message_at"
            " from dim_journeys order by all",
        ),
        "campaign_periods": records(
            connection, f"select project_id, campaign_id as id, {WHOLE_PERIOD} from campaign_funnel"
        ),
        "journey_periods": records(
            connection, f"select project_id, journey_id as id, enrollments, {WHOLE_PERIOD} from journey_funnel"
        ),
        # A step has no name of its own; the campaign that it sends says what it is.
        "steps": records(
            connection,
            """
            with campaigns as (
                select project_id, journey_id, journey_step_id, channel, arg_max(campaign_id, messages) as campaign_id,
                    count(*) as campaigns
                from (
                    select project_id, journey_id, journey_step_id, channel, campaign_id, count(*) as messages
                    from fct_messages where journey_id is not null group by all
                )
                group by all
            )
            select steps.project_id, steps.journey_id, steps.journey_step_id as id, steps.channel, steps.enrollments,
                steps.first_message_at, dim_campaigns.campaign_name as campaign, campaigns.campaigns
            from journey_step_funnel as steps
            left join campaigns on steps.project_id = campaigns.project_id
                and steps.journey_id = campaigns.journey_id and steps.channel = campaigns.channel
                and steps.journey_step_id is not distinct from campaigns.journey_step_id
            left join dim_campaigns on campaigns.project_id = dim_campaigns.project_id
                and campaigns.campaign_id = dim_campaigns.campaign_id
            order by steps.project_id, steps.journey_id, steps.first_message_at, steps.channel
            """,
        ),
        "goals": records(
            connection,
            "select goal as id, project_id, event_type, property_value, window_hours, basis, currency"
            " from int_conversion_goals order by goal",
        ),
        "templates": records(
            connection,
            f"select project_id, template_id as id, template_name as name, channel, {', '.join(COUNTS)},"
            " first_message_at, last_message_at from template_funnel"
            f" order by messages desc, template_id, channel limit {MOST_LISTED}",
        ),
        "in_app_clicks": records(
            connection,
            f"select * from in_app_clicks order by clicked_messages desc, campaign_id, iam_clickable_id"
            f" limit {MOST_LISTED}",
        ),
        "in_app_closes": records(
            connection,
            "select project_id, campaign_id, displayed_messages, closed_messages, hidden_messages,"
            f" median_hidden_minutes from in_app_closes order by displayed_messages desc, campaign_id"
            f" limit {MOST_LISTED}",
        ),
    }


def read_files(connection):
    """Read what the export's files tell: when they were loaded, which came late, which could not be read."""
    [loaded] = connection.execute("select max(loaded_at) from export_files").fetchone()
    return {
        "loaded_at": loaded.isoformat(timespec="seconds") if loaded else None,
        "newest_events": records(
            connection, "select project_id, max(newest_event_at) as newest from int_daily_newest_events group by 1"
        ),
        "files": records(
            connection,
            """
            select project_id, state, count(*) as files,
                count(*) filter (where modified_at > partition_date + interval 2 day) as late_files
            from export_files where state <> 'gone' group by all order by all
            """,
        ),
        "unreadable_files": records(
            connection,
            "select project_id, regexp_extract(path, '[^/]+/projectid=.*$') as path, state_reason as reason"
            f" from export_unreadable_files order by path limit {MOST_FILES}",
        ),
        "unknown_columns": records(
            connection, "select source_table, column_name, files from export_unknown_columns order by all"
        ),
    }


def read_definitions(facts):
    """Return channels with their stages, and rates with the stages of numerator and base by channel (dict)."""
    return {
        "stages": STAGES,
        "channels": [{"id": channel, "stages": [*facts.stages(channel), REACHED]} for channel in facts.channels],
        "rates": [
            {
                "id": rate["rate"],
                "numerator": rate["numerator"],
                "base": {
                    channel: facts.rate_base(rate, channel)
                    for channel in facts.channels
                    if channel not in facts.channels_without_rate(rate)
                },
            }
            for rate in facts.rates()
        ],
        "close_to": CLOSE_TO,
    }


def pack(connection, facts):
    """Return the report's data, packed (bytes). connection: DuckDB, open on a warehouse; facts: codegen.facts.Facts."""
    tables = read_tables(connection, facts)
    header = {
        "built_at": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
        "zone": read_zone(connection),
        "revenue_decimals": revenue_decimals(connection),
        **read_definitions(facts),
        **read_names(connection),
        **read_files(connection),
        "tables": {},
    }
    header["errors"] = sorted({error for error in tables["failures"].keys["error"] if error})
    lists = {
        "project_id": places(header["projects"]),
        "channel": places(facts.channels),
        "campaign_id": places((row["project_id"], row["id"]) for row in header["campaigns"]),
        "journey_id": places((row["project_id"], row["id"]) for row in header["journeys"]),
        "error": places(header["errors"]),
        "goal": places(row["id"] for row in header["goals"]),
    }
    for table in tables.values():
        projects = table.keys["project_id"]
        keys = {
            key: [
                lists[key].get((project, value) if key in ("campaign_id", "journey_id") else value, -1)
                for project, value in zip(projects, values, strict=True)
            ]
            if key in lists
            else values
            for key, values in table.keys.items()
        }
        if "error" in keys:
            # -1: none was given; -2: one that is not listed.
            keys["error"] = [
                -2 if text == "" else place for text, place in zip(table.keys["error"], keys["error"], strict=True)
            ]
        header["tables"][table.name] = {
            "period": table.period,
            "rows": len(table.columns["series"]),
            "keys": keys,
            "columns": list(table.columns),
        }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"), default=str) + "\n"
    return gzip.compress(text.encode() + b"".join(map(column_bytes, tables.values())), 9, mtime=0)
