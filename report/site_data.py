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
    "all": "(select min(message_date) from source)",
}
# Packed bytes that a table may take; with the charts' script the page stays below 5 MB.
BUDGETS = {
    "channels": 200_000,
    "campaigns": 1_700_000,
    "steps": 300_000,
    "failures": 350_000,
    "rejected": 40_000,
    "rows": 40_000,
    "rules": 60_000,
    "events": 40_000,
}
# No row packs into less; a table with more rows than its budget allows is not even tried.
LEAST_BYTES_A_ROW = 1.5
MOST_ERRORS = 300
LONGEST_ERROR = 200
MOST_FILES = 200

# Counts that mostly equal another one are stored as the difference to it: the first that the row's channel reports.
CLOSE_TO = {
    "created_messages": ["messages"],
    "sent_messages": ["created_messages"],
    "delivered_messages": ["sent_messages"],
    "reached_messages": ["delivered_messages", "sent_messages"],
}

COUNTS = ["messages", *(f"{stage}_messages" for stage in STAGES), "reached_messages"]

EMAIL = r"[^\s@<>\"'']+@[^\s@<>\"'']+\.[^\s@<>\"'']+"
PHONE = r"\+?\(?[0-9](?:[-\s().]{0,2}[0-9]){7,}"


def masked(column):
    """Return SQL of an error's text in which what looks like an e-mail address or a phone number is not to be read."""
    without_email = f"regexp_replace({column}, '{EMAIL}', '[e-mail]', 'g')"
    return f"regexp_replace({without_email}, '{PHONE}', '[number]', 'g')"


@dataclass
class Table:
    """Counts by series and period: keys (name to list, one entry a series), columns (name to array, one entry a row)."""

    name: str
    period: str
    keys: dict
    columns: dict


def read_table(connection, name, source, keys, counts, settled=False):
    """Read one table of counts at the finest period whose packed size fits its budget.

    source: query with the columns of keys, message_date, those of counts and, if settled, is_settled.
    """
    listed = ", ".join(keys)
    sums = ", ".join(f"sum(coalesce({count}, 0)) as {count}" for count in counts)
    sums += ", bool_and(is_settled) as is_settled" if settled else ""
    for period, expression in LADDER.items():
        query = f"""
            with source as ({source}),
            series as (
                select {listed}, row_number() over (order by {listed}) - 1 as series
                from (select distinct {listed} from source)
            ),
            counts as (
                select {listed}, cast({expression} as date) as period, {sums} from source group by all
            )
        """
        last = period == "all"
        rows = connection.execute(f"{query} select count(*) from counts").fetchone()[0]
        if not last and rows * LEAST_BYTES_A_ROW > BUDGETS[name]:
            continue
        same = " and ".join(f"counts.{key} is not distinct from series.{key}" for key in keys)
        columns = connection.execute(f"""
            {query}
            select series.series, date_diff('day', date '1970-01-01', counts.period) as period, counts.* exclude
                ({listed}, period)
            from counts inner join series on {same}
            order by 1, 2
        """).fetchnumpy()
        found = connection.execute(f"{query} select {listed} from series order by series").fetchall()
        table = Table(
            name,
            period,
            {key: [row[place] for row in found] for place, key in enumerate(keys)},
            {column: np.ma.getdata(values).astype(np.int64) for column, values in columns.items()},
        )
        if last or len(gzip.compress(column_bytes(table), 6)) <= BUDGETS[name]:
            return table


def reported_rows(table, count, facts):
    """Return which rows are of a channel that reports a count (array of bool)."""
    stage = count.removesuffix("_messages")
    reported = [
        count in ("messages", "reached_messages") or stage in facts.stages(channel) for channel in table.keys["channel"]
    ]
    return np.array(reported, dtype=bool)[table.columns["series"]]


def stored_columns(table, facts):
    """Replace each count that is close to another by its difference (see CLOSE_TO). Changes the table."""
    original = dict(table.columns)
    for count, candidates in CLOSE_TO.items():
        if count not in original:
            continue
        expected = np.zeros_like(original[count])
        for candidate in reversed(candidates):
            expected = np.where(reported_rows(table, candidate, facts), original[candidate], expected)
        expected[~reported_rows(table, count, facts)] = 0
        table.columns[count] = original[count] - expected


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
        select project_id, campaign_id, journey_id, channel, stage, message_date, messages,
            case when error is null then null when listed.text is null then '' else listed.text end as error
        from (select *, left({masked("error")}, {LONGEST_ERROR}) as text from campaign_failures_daily) as failures
        left join (
            select left({masked("error")}, {LONGEST_ERROR}) as text
            from campaign_failures where error is not null group by 1 order by sum(messages) desc, 1 limit {MOST_ERRORS}
        ) as listed using (text)
    """
    tables = [
        read_table(
            connection, "channels", "select * from channel_funnel_daily", ["project_id", "channel"], COUNTS, True
        ),
        read_table(
            connection,
            "campaigns",
            "select * from campaign_funnel_daily",
            ["project_id", "campaign_id", "channel"],
            COUNTS,
            True,
        ),
        read_table(
            connection,
            "steps",
            "select * from journey_step_funnel_daily",
            ["project_id", "journey_id", "journey_step_id", "channel"],
            COUNTS,
            True,
        ),
        read_table(
            connection,
            "failures",
            failures,
            ["project_id", "campaign_id", "journey_id", "channel", "stage", "error"],
            ["messages"],
        ),
        read_table(
            connection,
            "rows",
            "select *, event_date as message_date from export_reconciliation",
            ["project_id"],
            ["source_rows", "event_rows", "duplicate_rows", "rejected_rows"],
        ),
        # The one thing that no mart has: the reasons.
        read_table(
            connection,
            "rejected",
            "select projectid as project_id, rejection_reason, date as message_date, 1 as rejected_rows"
            " from stg_flarelane__rejected_crm_events",
            ["project_id", "rejection_reason"],
            ["rejected_rows"],
        ),
        read_table(
            connection,
            "events",
            "select distinct project_id, channel, event_date as message_date, checked_events from column_rule_results",
            ["project_id", "channel"],
            ["checked_events"],
        ),
        read_table(
            connection,
            "rules",
            "select *, event_date as message_date from column_rule_results where violations > 0",
            ["project_id", "channel", "rule", "column_name"],
            ["violations"],
        ),
    ]
    for table in tables:
        if "reached_messages" in table.columns:
            stored_columns(table, facts)
    return {table.name: table for table in tables}


WHOLE_PERIOD = """
    channel, reached_recipients, clicked_recipients, open_events, click_events,
    median_seconds_to_delivery, median_seconds_to_click, first_message_at, last_message_at
"""


def read_names(connection):
    """Read the names and all that is known of the whole period only: a dict for the header."""
    return {
        "projects": [row[0] for row in connection.execute("select project_id from export_reconciliation union select project_id from dim_campaigns order by 1").fetchall()],
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
        "campaign_periods": records(connection, f"select project_id, campaign_id as id, {WHOLE_PERIOD} from campaign_funnel"),
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


def pack(connection, facts, built_at=None):
    """Return the report's data, packed (bytes). connection: DuckDB, open on a warehouse; facts: codegen.facts.Facts."""
    tables = read_tables(connection, facts)
    header = {
        "built_at": (built_at or datetime.now(UTC)).replace(tzinfo=None).isoformat(timespec="seconds"),
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
