"""The contract of the warehouse once more, in plain Python, to compare the models with.

Written from the contract and the source's field reference alone, apart from the SQL. DuckDB only reads the files.
"""

import glob
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import duckdb


def words(text):
    """Return the words of a text as a list."""
    return text.split()


CRM_COLUMNS = words(
    "id type channel time deviceid userid campaign_id campaign_name trigger_type journey_id journey_name "
    "journey_step_id journey_enrollment_id recurring_message_id sender recipient subject body template_id "
    "template_name provider provider_message_id provider_error error platform message_type is_advertisement "
    "kakaoalimtalk_template_code kakao_sender_key iam_group iam_clickable_id iam_dont_show_minutes"
)
CUSTOMER_COLUMNS = words("id type time userid deviceid data platform")
COMMON_COLUMNS = {"id", "type", "channel", "time", "deviceid", "userid"}

TYPES = {
    "push": "created sent aborted failed clicked",
    "sms": "created sent aborted failed delivered undelivered",
    "kakaoalimtalk": "created sent aborted failed delivered undelivered",
    "kakaobrandmessage": "created sent aborted failed delivered undelivered",
    "email": "created sent delivered failed aborted complaint opened clicked",
    "iam": "created displayed clicked closed",
}
EVENT_TYPES = {f"{channel}.{part}" for channel, parts in TYPES.items() for part in parts.split()}
RENAMED_STAGES = {"complaint": "complained", "displayed": "delivered"}
STAGES = words("created aborted sent failed delivered undelivered opened clicked complained closed")
STATUSES = words("complained clicked closed opened delivered undelivered failed aborted sent created")
CHANNEL_STAGES = {
    channel: {RENAMED_STAGES.get(part, part) for part in parts.split()} for channel, parts in TYPES.items()
}

# The tables of "Column usage by channel"; an exclamation mark says required.
JOURNEY = "journey_id journey_name journey_step_id journey_enrollment_id"
COLUMN_USAGE = {
    "push": "campaign_id! campaign_name template_id template_name subject body trigger_type recurring_message_id "
    f"platform! provider provider_message_id provider_error error {JOURNEY}",
    "sms": "campaign_id! campaign_name message_type! subject body! sender! recipient is_advertisement! trigger_type "
    f"recurring_message_id platform error {JOURNEY}",
    "kakaoalimtalk": "campaign_id! campaign_name template_id! kakaoalimtalk_template_code! template_name subject body! "
    f"recipient! message_type! trigger_type recurring_message_id platform error {JOURNEY}",
    "kakaobrandmessage": "campaign_id! campaign_name kakao_sender_key body! subject recipient! message_type! "
    f"is_advertisement trigger_type recurring_message_id platform error {JOURNEY}",
    "email": "campaign_id! campaign_name template_id! template_name subject sender! recipient trigger_type "
    f"recurring_message_id platform error {JOURNEY}",
    "iam": "campaign_id! campaign_name iam_group! trigger_type platform iam_clickable_id iam_dont_show_minutes "
    f"{JOURNEY}",
}
PLATFORMS = {"android", "ios", "webDesktop", "webMobile"}
TRIGGER_TYPES = {"api", "console", "test", "journey", "recurring", "system"}
ULID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")

MESSAGE_ATTRIBUTES = words(
    "trigger_type journey_id journey_step_id journey_enrollment_id recurring_message_id template_id platform provider "
    "message_type is_advertisement device_id user_id error"
)
RECIPIENT_HASH = "(hash of the recipient)"  # the person_key of somebody without user and device id: the key is secret

RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)


def parse_time(text):
    """Return an RFC 3339 date-time (str) as naive UTC datetime, cut to microseconds; None when it is none.

    The year 0000, and offsets that leave the years 1 to 9999, are RFC 3339 but no Python datetime: None too.
    """
    match = RFC_3339.fullmatch(text or "")
    if not match:
        return None
    day, clock, fraction, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if int(hours or 0) > 23 or int(minutes or 0) > 59:
        return None
    try:
        local = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '')[:6].ljust(6, '0')}")
        return local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError):
        return None


def read_table(root, table, columns):
    """Return the rows (list of dict) of one source table with project_id, partition_date, path and row_number."""
    rows = []
    for path in sorted(Path(root).glob(f"{table}/projectid=*/date=*/[!_.]*.parquet"), key=str):
        try:
            place = {
                "project_id": unquote(path.parent.parent.name.removeprefix("projectid="), errors="strict"),
                "partition_date": date.fromisoformat(path.parent.name.removeprefix("date=")),
                "path": str(path),
            }
            str(path).encode()
        except ValueError:
            continue  # no date, or no text
        try:
            result = duckdb.execute("from read_parquet(?, hive_partitioning = false)", [glob.escape(str(path))])
        except duckdb.Error:
            continue  # a file that cannot be read stops nothing else
        names = [column[0] for column in result.description]
        for row_number, values in enumerate(result.fetchall()):
            row = dict(zip(names, values, strict=True))
            row = {name: None if row.get(name) == "" else row.get(name) for name in columns}
            rows.append(row | place | {"row_number": row_number})
    return rows


def rejection_reason(row):
    """Return why a CRM row is rejected (str), None when it is not."""
    if row["id"] is None:
        return "missing_id"
    if row["time"] is None:
        return "missing_time"
    if row["event_at"] is None:
        return "invalid_time"
    if row["type"] not in EVENT_TYPES:
        return "unknown_type"
    if row["channel"] != row["type"].split(".")[0]:
        return "channel_mismatch"
    if row["event_at"].date() != row["partition_date"]:
        return "partition_date_mismatch"
    if row["campaign_id"] is None:
        return "missing_campaign_id"
    if row["deviceid"] is None and row["userid"] is None and row["recipient"] is None:
        return "missing_recipient"
    return None


def take_out_duplicates(rows):
    """Return rows without those that repeat a project and id: the earliest stays, then by path and row number."""
    kept, seen = [], set()
    for row in sorted(rows, key=lambda r: (r["event_at"] or datetime.max, r["path"], r["row_number"])):
        key = row["project_id"], row["id"]
        if row["id"] is None or key not in seen:
            kept.append(row)
        seen.add(key)
    return kept


def column_rules():
    """Return the rules: {(channel, rule, column): function from an event (dict, source's names) to bool, violated}."""
    rules = {}
    for channel, usage in COLUMN_USAGE.items():
        documented = {word.rstrip("!"): word.endswith("!") for word in usage.split()}
        for column in CRM_COLUMNS:
            if column in COMMON_COLUMNS:
                continue
            if documented.get(column):
                rules[channel, "required", column] = lambda e, c=column: e[c] is None
            elif column not in documented:
                rules[channel, "always_null", column] = lambda e, c=column: e[c] is not None

        accepted = {
            "trigger_type": {"console", "journey"} if channel == "iam" else TRIGGER_TYPES,
            "platform": PLATFORMS,
        }
        if channel == "push":
            accepted["provider"] = {"fcm", "apns", "webpush"}
        if channel == "sms":
            accepted["message_type"] = {"SMS", "LMS", "MMS"}
        for column, values in accepted.items():
            rules[channel, "accepted_values", column] = lambda e, c=column, v=values: e[c] is not None and e[c] not in v

        rules[channel, "format", "id"] = lambda e: not ULID.fullmatch(e["id"])
        if "error" in documented:
            rules[channel, "only_on", "error"] = lambda e: (
                e["error"] is not None and e["event_stage"] not in ("failed", "undelivered", "aborted")
            )
    rules["sms", "only_on", "subject"] = lambda e: e["subject"] is not None and e["message_type"] not in ("LMS", "MMS")
    rules["iam", "only_on", "iam_clickable_id"] = lambda e: (
        e["iam_clickable_id"] is not None and e["type"] != "iam.clicked"
    )
    rules["iam", "only_on", "iam_dont_show_minutes"] = lambda e: (
        e["iam_dont_show_minutes"] is not None and e["type"] != "iam.closed"
    )
    rules["iam", "only_on", "platform"] = lambda e: e["platform"] is not None and e["type"] == "iam.created"
    rules["iam", "range", "iam_dont_show_minutes"] = lambda e: (e["iam_dont_show_minutes"] or 0) < 0
    return rules


def column_rule_results(partitions, events):
    """Return the result rows of every rule for every partition (project_id, date) of the export."""
    by_channel = defaultdict(list)
    for event in events:
        by_channel[event["project_id"], event["event_date"], event["channel"]].append(event)
    return [
        {
            "project_id": project_id,
            "event_date": event_date,
            "channel": channel,
            "rule": rule,
            "column_name": column,
            "checked_events": len(by_channel[project_id, event_date, channel]),
            "violations": sum(map(is_violated, by_channel[project_id, event_date, channel])),
        }
        for project_id, event_date in partitions
        for (channel, rule, column), is_violated in column_rules().items()
    ]


def link_messages(events, window):
    """Return the messages as lists of events in event order. window: timedelta."""
    threads = defaultdict(list)
    for event in events:
        kind = next(name for name in ("device_id", "user_id", "recipient") if event[name] is not None)
        threads[event["project_id"], event["channel"], event["campaign_id"], kind, event[kind]].append(event)
    messages = []
    for thread in threads.values():
        latest, orphans = None, defaultdict(list)
        for event in sorted(thread, key=lambda e: (e["event_at"], e["event_stage"] != "created", e["event_id"])):
            if event["event_stage"] == "created":
                latest = [event]
                messages.append(latest)
            elif latest and event["event_at"] - latest[0]["event_at"] <= window:
                latest.append(event)
            else:
                orphans[event["event_date"]].append(event)
        messages += orphans.values()
    return messages


def message_row(events, zone):
    """Return the row of fct_messages (dict) for one message's events in order."""
    first = events[0]
    row = {name: first[name] for name in ("project_id", "channel", "campaign_id")}
    row |= {"message_id": first["event_id"], "message_at": first["event_at"]}
    row["message_date"] = first["event_at"].replace(tzinfo=UTC).astimezone(zone).date()
    for name in MESSAGE_ATTRIBUTES:
        row[name] = next((event[name] for event in events if event[name] is not None), None)
    row["person_key"] = next(
        (first[name] for name in ("user_id", "device_id") if first[name] is not None), RECIPIENT_HASH
    )
    row["_person"] = (RECIPIENT_HASH, first["recipient"]) if row["person_key"] is RECIPIENT_HASH else row["person_key"]
    for stage in STAGES:
        row[f"{stage}_at"] = next((event["event_at"] for event in events if event["event_stage"] == stage), None)
    stages = Counter(event["event_stage"] for event in events)
    row |= {"open_count": stages["opened"], "click_count": stages["clicked"], "event_count": len(events)}
    row["is_test"] = row["trigger_type"] == "test"
    row["has_created"] = row["created_at"] is not None
    row["_reached_at"] = row["sent_at"] if row["channel"] == "push" else row["delivered_at"]
    row["is_reached"] = row["_reached_at"] is not None
    row["status"] = next(stage for stage in STATUSES if stages[stage])
    return row


def rate(part, base):
    """Return part / base, None where either is not reported or the base is 0."""
    return part / base if part is not None and base else None


def median_seconds(pairs):
    """Return the median of the seconds from first to second time (float), None when no pair has both."""
    seconds = [(end - start).total_seconds() for start, end in pairs if start and end]
    return float(median(seconds)) if seconds else None


def funnel(messages, grain, with_times=False, names=None):
    """Return a funnel's rows. grain: column names. names: {column: function from a row to its name}."""
    groups = defaultdict(list)
    for message in messages:
        groups[tuple(message[name] for name in grain)].append(message)
    rows = []
    for key, members in groups.items():
        row = dict(zip(grain, key, strict=True))
        channel = row["channel"]
        reached = [message for message in members if message["is_reached"]]
        count = {stage: sum(message[f"{stage}_at"] is not None for message in members) for stage in STAGES}
        count = {stage: count[stage] if stage in CHANNEL_STAGES[channel] else None for stage in STAGES}
        opens, clicks = count["opened"] is not None, count["clicked"] is not None
        row["messages"] = len(members)
        row |= {f"{stage}_messages": count[stage] for stage in STAGES}
        row["reached_messages"] = len(reached)
        row["open_events"] = sum(message["open_count"] for message in members) if opens else None
        row["click_events"] = sum(message["click_count"] for message in members) if clicks else None
        row["reached_recipients"] = len({message["_person"] for message in reached})
        clickers = {message["_person"] for message in members if message["clicked_at"]}
        row["clicked_recipients"] = len(clickers) if clicks else None

        row["sent_rate"] = rate(count["sent"], count["created"])
        row["abort_rate"] = rate(count["aborted"], count["created"])
        row["failure_rate"] = None if channel == "iam" else rate(count["failed"], count["sent"] + count["failed"])
        row["delivery_rate"] = rate(count["delivered"], count["created" if channel == "iam" else "sent"])
        row["open_rate"] = rate(count["opened"], count["delivered"])
        row["click_rate"] = rate(count["clicked"], len(reached))
        row["click_to_open_rate"] = rate(count["clicked"], count["opened"])
        row["complaint_rate"] = rate(count["complained"], count["delivered"])

        if with_times:
            start = "created_at" if channel == "iam" else "sent_at"
            row["first_message_at"] = min(message["message_at"] for message in members)
            row["last_message_at"] = max(message["message_at"] for message in members)
            row["median_seconds_to_delivery"] = median_seconds((m[start], m["delivered_at"]) for m in members)
            row["median_seconds_to_click"] = median_seconds((m["_reached_at"], m["clicked_at"]) for m in members)
        if "journey_id" in grain:
            enrollments = {message["journey_enrollment_id"] for message in members}
            row["enrollments"] = len(enrollments - {None})
        for column, name_of in (names or {}).items():
            row[column] = name_of(row)
        rows.append(row)
    return rows


def latest_names(events, key_column, name_column):
    """Return {(project_id, key): latest non-null name}, the latest by event_at, then event_id."""
    names = {}
    for event in sorted(events, key=lambda e: (e["event_at"], e["event_id"])):
        if event[key_column] is not None and event[name_column] is not None:
            names[event["project_id"], event[key_column]] = event[name_column]
    return names


def dimension(messages, key_column, name_column, name_of):
    """Return the rows of dim_campaigns or dim_journeys."""
    groups = defaultdict(list)
    for message in messages:
        if message[key_column] is not None:
            groups[message["project_id"], message[key_column]].append(message)
    return [
        {
            "project_id": project_id,
            key_column: key,
            name_column: name_of({"project_id": project_id, key_column: key}),
            "channels": ", ".join(sorted({message["channel"] for message in members})),
            "first_message_at": min(message["message_at"] for message in members),
            "last_message_at": max(message["message_at"] for message in members),
        }
        for (project_id, key), members in groups.items()
    ]


def parse_json(text):
    """Return (value, whether the text is no JSON); a null text has the value None and is not unparsable."""

    def refuse(constant):
        raise ValueError(constant)  # NaN and Infinity, which Python takes, are no JSON

    try:
        return (None if text is None else json.loads(text, parse_constant=refuse)), False
    except ValueError:
        return None, True


def customer_events(root):
    """Return the rows of stg_flarelane__customer_events."""
    rows = read_table(root, "customer_events", CUSTOMER_COLUMNS)
    for row in rows:
        row["event_at"] = parse_time(row["time"])
        row["data"], row["is_data_unparsable"] = parse_json(row["data"])
        row |= {"event_id": row["id"], "event_type": row["type"], "event_date": row["partition_date"]}
        row |= {"device_id": row["deviceid"], "user_id": row["userid"]}
    return take_out_duplicates(rows)


def reference(root, *, message_window_days=30, reporting_timezone="UTC", include_test_messages=False):
    """Return what the warehouse of the export at root must hold: {table name: list of dict}."""
    rows = read_table(root, "crm_events", CRM_COLUMNS)
    for row in rows:
        row["event_at"] = parse_time(row["time"])
        row["rejection_reason"] = rejection_reason(row)
        row |= {"projectid": row["project_id"], "date": row["partition_date"]}
        row |= {"source_file": Path(row["path"]).name, "source_row_number": row["row_number"]}
    rejected = [row for row in rows if row["rejection_reason"]]
    valid = [row for row in rows if not row["rejection_reason"]]
    events = take_out_duplicates(valid)
    for event in events:
        stage = event["type"].split(".")[1]
        event |= {"event_id": event["id"], "event_type": event["type"], "event_stage": RENAMED_STAGES.get(stage, stage)}
        event |= {"event_date": event["event_at"].date(), "device_id": event["deviceid"], "user_id": event["userid"]}

    counts = {
        name: Counter((row["project_id"], row["partition_date"]) for row in group)
        for name, group in {"source": rows, "valid": valid, "event": events, "rejected": rejected}.items()
    }
    partitions = sorted(counts["source"])
    reconciliation = [
        {
            "project_id": partition[0],
            "event_date": partition[1],
            "source_rows": counts["source"][partition],
            "event_rows": counts["event"][partition],
            "duplicate_rows": counts["valid"][partition] - counts["event"][partition],
            "rejected_rows": counts["rejected"][partition],
        }
        for partition in partitions
    ]

    all_messages = [
        message_row(linked, ZoneInfo(reporting_timezone))
        for linked in link_messages(events, timedelta(days=message_window_days))
    ]
    messages = [message for message in all_messages if include_test_messages or not message["is_test"]]
    in_journey = [message for message in messages if message["journey_id"] is not None]
    in_failures = words("project_id campaign_id channel stage error")
    in_daily_failures = words("project_id campaign_id journey_id channel message_date stage error")

    def failures(grain):
        """Return rows (list of dict) of messages that ended badly, counted by columns, stage among them."""
        counts = Counter(
            tuple(stage if column == "stage" else message[column] for column in grain)
            for message in messages
            for stage in ("aborted", "failed", "undelivered")
            if message[f"{stage}_at"]
        )
        return [dict(zip([*grain, "messages"], (*key, n), strict=True)) for key, n in counts.items()]

    campaign_names = latest_names(events, "campaign_id", "campaign_name")
    journey_names = latest_names(events, "journey_id", "journey_name")

    def campaign_name(row):
        return campaign_names.get((row["project_id"], row["campaign_id"]))

    def journey_name(row):
        return journey_names.get((row["project_id"], row["journey_id"]))

    campaign, journey = ["project_id", "campaign_id", "channel"], ["project_id", "journey_id", "channel"]
    of_campaign, of_journey = {"campaign_name": campaign_name}, {"journey_name": journey_name}
    return {
        "export_reconciliation": reconciliation,
        "rejected": rejected,
        "crm_events": events,
        "customer_events": customer_events(root),
        "column_rule_results": column_rule_results(partitions, events),
        "fct_messages": all_messages,
        "campaign_funnel": funnel(messages, campaign, with_times=True, names=of_campaign),
        "campaign_funnel_daily": funnel(messages, [*campaign, "message_date"]),
        "journey_funnel": funnel(in_journey, journey, with_times=True, names=of_journey),
        "journey_step_funnel": funnel(in_journey, [*journey, "journey_step_id"], with_times=True, names=of_journey),
        "journey_step_funnel_daily": funnel(in_journey, [*journey, "journey_step_id", "message_date"]),
        "channel_funnel_daily": funnel(messages, ["project_id", "channel", "message_date"]),
        "campaign_failures": failures(in_failures),
        "campaign_failures_daily": failures(in_daily_failures),
        "dim_campaigns": dimension(all_messages, "campaign_id", "campaign_name", campaign_name),
        "dim_journeys": dimension(all_messages, "journey_id", "journey_name", journey_name),
    }
