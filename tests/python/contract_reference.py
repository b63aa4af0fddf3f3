"""The contract of the warehouse once more, in plain Python, to compare the models with.

Written from the contract and the source's field reference alone, apart from the SQL. DuckDB only reads the files.
"""

import glob
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
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


def customer_rejection_reason(row):
    """Return why a customer row is rejected (str), None when it is not."""
    if row["id"] is None:
        return "missing_id"
    if row["time"] is None:
        return "missing_time"
    if row["event_at"] is None:
        return "invalid_time"
    if row["type"] is None:
        return "missing_type"
    if row["event_at"].date() != row["partition_date"]:
        return "partition_date_mismatch"
    if row["userid"] is None and row["deviceid"] is None:
        return "missing_person"
    return None


def take_out_duplicates(rows):
    """Return rows without those that repeat a project and id: the earliest stays, then by path and row number."""
    kept, seen = [], set()
    for row in sorted(rows, key=lambda r: (r["event_at"], r["path"], r["row_number"])):
        key = row["project_id"], row["id"]
        if key not in seen:
            kept.append(row)
        seen.add(key)
    return kept


def accounted_rows(root, table, columns, reason, forget, recipient_hash):
    """Return what becomes of a table's source rows: dict of source, forgotten, rejected, valid, event (lists of dict).

    reason: function of a row to its rejection reason. forget: set of (kind, value), kind being user_id, device_id or
    recipient_hash. recipient_hash: function of a recipient in clear (str) to its hash (str).
    A row of somebody on the list is forgotten whatever else is wrong with it.
    """
    rows = read_table(root, table, columns)
    for row in rows:
        row["event_at"] = parse_time(row["time"])
        row |= {"projectid": row["project_id"], "date": row["partition_date"]}
        row |= {"source_file": Path(row["path"]).name, "source_row_number": row["row_number"]}

    def is_forgotten(row):
        ids = [("user_id", row["userid"]), ("device_id", row["deviceid"])]
        if forget and row.get("recipient") is not None:
            ids.append(("recipient_hash", recipient_hash(row["recipient"])))
        return any(pair in forget for pair in ids)

    forgotten = [row for row in rows if is_forgotten(row)]
    kept = [row for row in rows if not is_forgotten(row)]
    for row in kept:
        row["rejection_reason"] = reason(row)
    valid = [row for row in kept if not row["rejection_reason"]]
    rejected = [row for row in kept if row["rejection_reason"]]
    events = take_out_duplicates(valid)
    for event in events:
        event |= {"event_id": event["id"], "event_type": event["type"], "event_date": event["event_at"].date()}
        event |= {"device_id": event["deviceid"], "user_id": event["userid"]}
    return {"source": rows, "forgotten": forgotten, "rejected": rejected, "valid": valid, "event": events}


def reconciliation(rows):
    """Return the rows of export_reconciliation from what accounted_rows() gives; the customer events' adds a column."""
    counts = {
        name: Counter((row["project_id"], row["partition_date"]) for row in group) for name, group in rows.items()
    }
    return [
        {
            "project_id": partition[0],
            "event_date": partition[1],
            "source_rows": counts["source"][partition],
            "event_rows": counts["event"][partition],
            "duplicate_rows": counts["valid"][partition] - counts["event"][partition],
            "rejected_rows": counts["rejected"][partition],
            "forgotten_rows": counts["forgotten"][partition],
        }
        for partition in sorted(counts["source"])
    ]


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


def local_time(instant, zone):
    """Return a naive UTC datetime as the datetime that clocks in a zone show."""
    return instant.replace(tzinfo=UTC).astimezone(zone)


def message_row(events, zone):
    """Return the row of fct_messages (dict) for one message's events in order.

    What begins with an underscore is for the other tables: its events, the hour and the Monday of its time.
    """
    first = events[0]
    row = {name: first[name] for name in ("project_id", "channel", "campaign_id")}
    row |= {"message_id": first["event_id"], "message_at": first["event_at"]}
    local = local_time(first["event_at"], zone)
    row["message_date"] = local.date()
    row |= {"_hour": local.hour, "_week": local.date() - timedelta(days=local.weekday())}
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
    row["_events"] = events
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
    """Return the rows of dim_campaigns, dim_journeys or dim_templates."""
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
            "messages": len(members),
            "first_message_at": min(message["message_at"] for message in members),
            "last_message_at": max(message["message_at"] for message in members),
        }
        for (project_id, key), members in groups.items()
    ]


def campaign_opens(messages, name_of):
    """Return the rows of campaign_opens: one for each campaign and channel that can report an opening."""
    groups = defaultdict(list)
    for message in messages:
        if "opened" in CHANNEL_STAGES[message["channel"]]:
            groups[message["project_id"], message["campaign_id"], message["channel"]].append(message)
    rows = []
    for (project_id, campaign_id, channel), members in groups.items():
        delivered = sum(message["delivered_at"] is not None for message in members)
        at_once, later = set(), set()
        for message in members:
            for event in message["_events"]:
                if event["event_stage"] == "opened":
                    latest = message["delivered_at"] and message["delivered_at"] + timedelta(seconds=2)
                    kind = at_once if latest and event["event_at"] <= latest else later
                    kind.add(message["message_id"])
        row = {"project_id": project_id, "campaign_id": campaign_id, "channel": channel}
        row["campaign_name"] = name_of(row)
        row |= {"delivered_messages": delivered, "opened_messages": len(at_once | later)}
        row |= {"opened_at_once_messages": len(at_once), "opened_later_messages": len(later)}
        row["open_rate"] = rate(len(at_once | later), delivered)
        row["open_at_once_rate"] = rate(len(at_once), delivered)
        row["open_later_rate"] = rate(len(later), delivered)
        rows.append(row)
    return rows


def runs_of_journeys(messages):
    """Return when each run of a journey first had a message of each step: {(project, journey): {run: {step: time}}}."""
    journeys = defaultdict(lambda: defaultdict(dict))
    for message in sorted(messages, key=lambda m: m["message_at"]):
        if message["journey_id"] is not None and message["journey_enrollment_id"] is not None:
            run = journeys[message["project_id"], message["journey_id"]][message["journey_enrollment_id"]]
            run.setdefault(message["journey_step_id"], message["message_at"])
    return journeys


def dim_journey_steps(all_messages, journeys, name_of):
    """Return the rows of dim_journey_steps. journeys: see runs_of_journeys(), of the messages that funnels count."""
    groups = defaultdict(list)
    for message in all_messages:
        if message["journey_id"] is not None and message["journey_step_id"] is not None:
            groups[message["project_id"], message["journey_id"], message["journey_step_id"]].append(message)
    rows = []
    for (project_id, journey_id, step), members in groups.items():
        runs = journeys[project_id, journey_id].values()
        times = [message["message_at"] for message in members]
        row = {"project_id": project_id, "journey_id": journey_id, "journey_step_id": step}
        row["journey_name"] = name_of(row)
        row["median_seconds_since_enrollment"] = median_seconds((min(run.values()), run.get(step)) for run in runs)
        row |= {"messages": len(members), "first_message_at": min(times), "last_message_at": max(times)}
        rows.append(row)

    def place(row):
        delay = row["median_seconds_since_enrollment"]
        return delay is None, delay, row["first_message_at"], row["journey_step_id"]

    before = Counter()
    for row in sorted(rows, key=place):
        before[row["project_id"], row["journey_id"]] += 1
        row["step_order"] = before[row["project_id"], row["journey_id"]]
    return rows


def journey_step_transitions(journeys, steps):
    """Return the rows of journey_step_transitions.

    journeys: see runs_of_journeys(). steps: rows of dim_journey_steps.
    """
    rows = []
    for start in steps:
        for end in steps:
            place = start["project_id"], start["journey_id"]
            if place != (end["project_id"], end["journey_id"]) or start is end:
                continue
            runs = journeys[place].values()
            a, b = start["journey_step_id"], end["journey_step_id"]
            through = [(run[a], run[b]) for run in runs if a in run and b in run and run[a] <= run[b]]
            if not through:
                continue
            row = {"project_id": place[0], "journey_id": place[1], "journey_name": start["journey_name"]}
            row |= {"from_step_id": a, "from_step_order": start["step_order"]}
            row |= {"to_step_id": b, "to_step_order": end["step_order"]}
            row |= {"from_enrollments": sum(a in run for run in runs), "enrollments": len(through)}
            row["share_of_from"] = rate(row["enrollments"], row["from_enrollments"])
            row["median_seconds_between"] = median_seconds(through)
            rows.append(row)
    return rows


def in_app_clicks(messages):
    """Return the rows of in_app_clicks: clicks by campaign and what was clicked."""
    displayed = Counter((m["project_id"], m["campaign_id"]) for m in messages if m["delivered_at"])
    groups = defaultdict(list)
    for message in messages:
        for event in message["_events"]:
            if event["event_stage"] == "clicked":
                key = message["project_id"], message["campaign_id"], event["iam_clickable_id"]
                groups[key].append(message)
    return [
        {
            "project_id": key[0],
            "campaign_id": key[1],
            "iam_clickable_id": key[2],
            "displayed_messages": displayed[key[:2]],
            "click_events": len(clicked),
            "clicked_messages": len({message["message_id"] for message in clicked}),
            "clicked_recipients": len({message["_person"] for message in clicked}),
            "click_rate": rate(len({message["message_id"] for message in clicked}), displayed[key[:2]]),
        }
        for key, clicked in groups.items()
    ]


def in_app_closes(messages):
    """Return the rows of in_app_closes: one for each campaign with an in-app message."""
    groups = defaultdict(list)
    for message in messages:
        groups[message["project_id"], message["campaign_id"]].append(message)
    rows = []
    for (project_id, campaign_id), members in groups.items():
        closes = [(m["message_id"], e) for m in members for e in m["_events"] if e["event_stage"] == "closed"]
        hiding = [(message_id, event) for message_id, event in closes if (event["iam_dont_show_minutes"] or 0) > 0]
        displayed = sum(message["delivered_at"] is not None for message in members)
        hidden = len({message_id for message_id, _ in hiding})
        rows.append(
            {
                "project_id": project_id,
                "campaign_id": campaign_id,
                "displayed_messages": displayed,
                "closed_messages": sum(message["closed_at"] is not None for message in members),
                "close_events": len(closes),
                "hiding_close_events": len(hiding),
                "hidden_messages": hidden,
                "hide_rate": rate(hidden, displayed),
                "median_hidden_minutes": float(median(e["iam_dont_show_minutes"] for _, e in hiding))
                if hiding
                else None,
            }
        )
    return rows


def person_weeks(messages):
    """Return the rows of person_weeks, for each person and week with a message."""
    groups = defaultdict(list)
    for message in messages:
        groups[message["project_id"], message["_person"], message["_week"]].append(message)
    return [
        {
            "project_id": project_id,
            "person_key": members[0]["person_key"],
            "_person": person,
            "week": week,
            "reached_messages": sum(message["is_reached"] for message in members),
            "clicked_messages": sum(message["clicked_at"] is not None for message in members),
            "aborted_messages": sum(message["aborted_at"] is not None for message in members),
            "channels_reached": len({message["channel"] for message in members if message["is_reached"]}),
        }
        for (project_id, person, week), members in groups.items()
    ]


def message_pressure_weekly(weeks):
    """Return the rows of message_pressure_weekly. weeks: rows of person_weeks."""
    groups = defaultdict(list)
    for row in weeks:
        reached = row["reached_messages"]
        bucket = str(reached) if reached < 5 else "5-7" if reached < 8 else "8-14" if reached < 15 else "15+"
        groups[row["project_id"], row["week"], bucket].append(row)
    rows = []
    for (project_id, week, bucket), people in groups.items():
        row = {"project_id": project_id, "week": week, "reached_bucket": bucket, "people": len(people)}
        row["clicked_people"] = sum(person["clicked_messages"] > 0 for person in people)
        for name in ("reached_messages", "clicked_messages", "aborted_messages"):
            row[name] = sum(person[name] for person in people)
        row["click_rate"] = rate(row["clicked_messages"], row["reached_messages"])
        row["clicked_people_rate"] = rate(row["clicked_people"], row["people"])
        rows.append(row)
    return rows


def parse_json(text):
    """Return (value, whether the text is no JSON); a null text has the value None and is not unparsable.

    Of a key that an object has twice the first counts. Half a character, as of an emoji that was cut, is left out.
    """

    def refuse(constant):
        raise ValueError(constant)  # NaN and Infinity, which Python takes, are no JSON

    def first_of_each(pairs):
        return dict(reversed(pairs))

    try:
        value = None if text is None else json.loads(text, parse_constant=refuse, object_pairs_hook=first_of_each)
        if "\\u" in (text or ""):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "ignore"))
        return value, False
    except ValueError:
        return None, True


PATH_STEP = re.compile(
    r'\."(?P<quoted>[^"]+)"|\.(?P<key>[^."\[\]]+)|\[(?P<place>-?[0-9]+)\]|\[#-(?P<from_end>[0-9]+)\]'
)


def text_at(value, path):
    """Return the text (str) at a JSON path ($, .key, ."key", [0], [-1], [#-1]) of a parsed JSON value.

    None where nothing is there, or null. A string is its own text; a number, true and false stand as JSON has them.
    """
    for step in PATH_STEP.finditer(path):
        key = step["quoted"] or step["key"]
        place = step["place"] or step["from_end"] and f"-{step['from_end']}"
        try:
            if key is not None and not isinstance(value, dict) or key is None and not isinstance(value, list):
                return None
            value = value[key] if key is not None else value[int(place)]
        except (KeyError, IndexError):
            return None
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


NUMBER = re.compile(r"[ \t\r\n\f\v]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t\r\n\f\v]*")
LARGEST_AMOUNT = Decimal("99999999999999.9999")


def as_amount(number):
    """Return a number (Decimal) as decimal(18,4), halves rounded away from zero; None where it does not fit."""
    if number and number.adjusted() > 30:
        return None
    number = number or Decimal(0)
    with localcontext(prec=80):
        rounded = number.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
    return rounded if abs(rounded) <= LARGEST_AMOUNT else None


def amount_at(data, path):
    """Return the number (Decimal) at a JSON path, None where none is, or no path is given."""
    text = text_at(data, path) if path else None
    match = NUMBER.fullmatch(text) if text else None
    try:
        return as_amount(Decimal(match[1])) if match else None
    except InvalidOperation:
        return None


def amount_of(data, goal):
    """Return the amount (Decimal) of an event of a goal, None without one: number times quantity, else times 1."""
    amount = amount_at(data, goal["amount_path"])
    if amount is None:
        return None
    quantity = amount_at(data, goal["quantity_path"])
    with localcontext(prec=80):
        return as_amount(amount * (Decimal(1) if quantity is None else quantity))


def basis_of(channel, basis):
    """Return the stage, sent or clicked, that opens the window of a channel's messages. basis: the goal's."""
    return {"push": basis, "email": basis, "iam": "clicked"}.get(channel, "sent")


def basis_at(message, basis):
    """Return from when a message's window counts (datetime), None for no basis. basis: the goal's, sent or clicked."""
    return None if message["is_test"] else message[f"{basis_of(message['channel'], basis)}_at"]


def is_same_person(message, event):
    """Return whether a message and a customer event are one person's."""
    if message["user_id"] is not None and event["user_id"] is not None:
        return message["user_id"] == event["user_id"]
    return message["device_id"] is not None and message["device_id"] == event["device_id"]


def goal_event_rows(customer_events, goals, zone):
    """Return the customer events that meet each goal: list of dict goal, event, amount, event_date (in the zone)."""
    rows = []
    for goal in goals:
        for event in customer_events:
            if event["event_type"] != goal["event_type"] or goal["project_id"] not in ("", event["project_id"]):
                continue
            if goal["property_path"] and text_at(event["data"], goal["property_path"]) != goal["property_value"]:
                continue
            day = local_time(event["event_at"], zone).date()
            rows.append({"goal": goal, "event": event, "amount": amount_of(event["data"], goal), "event_date": day})
    return rows


def conversion_rows(goal_events, messages):
    """Return the rows of fct_conversions. messages: rows of fct_messages."""
    # People who cannot be each other share neither id; the rest is asked of is_same_person().
    by_id = defaultdict(list)
    for message in messages:
        for name in ("user_id", "device_id"):
            if message[name] is not None:
                by_id[message["project_id"], name, message[name]].append(message)
    rows = []
    for found in goal_events:
        goal, event = found["goal"], found["event"]
        near = {
            message["message_id"]: message
            for name in ("user_id", "device_id")
            for message in by_id.get((event["project_id"], name, event[name]), [])
        }
        window, credited = timedelta(hours=int(goal["window_hours"])), []
        for message in near.values():
            start = basis_at(message, goal["basis"])
            if start and start <= event["event_at"] <= start + window and is_same_person(message, event):
                credited.append((start, message["message_id"], message))
        credited.sort(key=lambda touch: touch[:2])
        for number, (start, message_id, message) in enumerate(credited, 1):
            row = {"goal": goal["goal"], "project_id": event["project_id"], "event_id": event["event_id"]}
            row |= {"message_id": message_id}
            for name in words("channel campaign_id journey_id journey_step_id message_date person_key _person"):
                row[name] = message[name]
            row |= {"basis": basis_of(message["channel"], goal["basis"]), "basis_at": start}
            row["converted_at"] = event["event_at"]
            row["seconds_to_conversion"] = (event["event_at"] - start).total_seconds()
            row |= {"amount": found["amount"], "currency": goal["currency"] or None, "touches": len(credited)}
            row |= {"touch_number": number, "is_first_touch": number == 1, "is_last_touch": number == len(credited)}
            row["linear_share"] = 1 / len(credited)
            rows.append(row)
    return rows


def total(amounts):
    """Return the sum of amounts (Decimal), None where all are None."""
    amounts = [amount for amount in amounts if amount is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def conversion_counts(goals, messages, conversions, grain, newest_events=None):
    """Return the rows of campaign_conversions and the like.

    messages, conversions: rows of fct_messages and fct_conversions. grain: columns of a message, project_id first.
    newest_events: {project_id: time of its newest event}, for a model by message date.
    """
    rows = []
    for goal in goals:
        with_basis, credited = defaultdict(list), defaultdict(list)
        for message in messages:
            if basis_at(message, goal["basis"]) and goal["project_id"] in ("", message["project_id"]):
                with_basis[tuple(message[name] for name in grain)].append(message)
        for conversion in conversions:
            if conversion["goal"] == goal["goal"]:
                credited[tuple(conversion[name] for name in grain)].append(conversion)
        for key, members in with_basis.items():
            touches = credited[key]
            first = [touch for touch in touches if touch["is_first_touch"]]
            last = [touch for touch in touches if touch["is_last_touch"]]
            row = {"goal": goal["goal"]} | dict(zip(grain, key, strict=True))
            row["basis_messages"] = len(members)
            row["basis_recipients"] = len({message["_person"] for message in members})
            row["converted_recipients"] = len({touch["_person"] for touch in touches})
            row["conversion_rate"] = rate(row["converted_recipients"], row["basis_recipients"])
            row["conversions"] = len({touch["event_id"] for touch in touches})
            row["first_touch_conversions"], row["last_touch_conversions"] = len(first), len(last)
            row["linear_conversions"] = float(sum(touch["linear_share"] for touch in touches))
            row["revenue"] = total({touch["event_id"]: touch["amount"] for touch in touches}.values())
            row["first_touch_revenue"] = total(touch["amount"] for touch in first)
            row["last_touch_revenue"] = total(touch["amount"] for touch in last)
            shares = [float(t["amount"]) * t["linear_share"] for t in touches if t["amount"] is not None]
            row["linear_revenue"] = float(sum(shares)) if shares else None
            if newest_events is None:
                seconds = [touch["seconds_to_conversion"] for touch in touches]
                row["median_seconds_to_conversion"] = float(median(seconds)) if seconds else None
            else:
                last_basis = max(basis_at(message, goal["basis"]) for message in members)
                end = last_basis + timedelta(hours=int(goal["window_hours"]))
                row["is_settled"] = newest_events[row["project_id"]] > end
            rows.append(row)
    return rows


def goal_conversions_daily(goal_events, conversions):
    """Return the rows of goal_conversions_daily: each event once."""
    credited = {(row["goal"], row["project_id"], row["event_id"]) for row in conversions}
    groups = defaultdict(list)
    for found in goal_events:
        groups[found["goal"]["goal"], found["event"]["project_id"], found["event_date"]].append(found)
    rows = []
    for (goal, project_id, day), members in groups.items():
        met = [found for found in members if (goal, project_id, found["event"]["event_id"]) in credited]
        rows.append(
            {
                "goal": goal,
                "project_id": project_id,
                "event_date": day,
                "goal_events": len(members),
                "credited_events": len(met),
                "goal_revenue": total(found["amount"] for found in members),
                "credited_revenue": total(found["amount"] for found in met),
            }
        )
    return rows


def no_hash(recipient):
    """Stand for the hash of a recipient where nobody is forgotten by it."""
    raise AssertionError("give reference() the function recipient_hash")


def reference(
    root,
    *,
    message_window_days=30,
    reporting_timezone="UTC",
    include_test_messages=False,
    goals=(),
    forget=(),
    recipient_hash=no_hash,
):
    """Return what the warehouse of the export at root must hold: {table name: list of dict}.

    goals: rows (list of dict) of the seed conversion_goals, all texts, empty ones ''. forget (list of kind and value),
    recipient_hash: see accounted_rows().
    """
    zone = ZoneInfo(reporting_timezone)
    crm = accounted_rows(root, "crm_events", CRM_COLUMNS, rejection_reason, set(forget), recipient_hash)
    events = crm["event"]
    for event in events:
        stage = event["type"].split(".")[1]
        event["event_stage"] = RENAMED_STAGES.get(stage, stage)
    crm_reconciliation = reconciliation(crm)
    partitions = [(row["project_id"], row["event_date"]) for row in crm_reconciliation]

    customer = accounted_rows(
        root, "customer_events", CUSTOMER_COLUMNS, customer_rejection_reason, set(forget), recipient_hash
    )
    for event in customer["event"]:
        event["data"], event["is_data_unparsable"] = parse_json(event["data"])
        event["is_platform_event"] = event["type"].startswith("@")
    unparsable = Counter((e["project_id"], e["event_date"]) for e in customer["event"] if e["is_data_unparsable"])
    customer_reconciliation = [
        row | {"unparsable_data_rows": unparsable[row["project_id"], row["event_date"]]}
        for row in reconciliation(customer)
    ]

    all_messages = [message_row(linked, zone) for linked in link_messages(events, timedelta(days=message_window_days))]
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

    def name_of(key_column, name_column):
        """Return a function from a row with project_id and a key to the latest name."""
        names = latest_names(events, key_column, name_column)
        return lambda row: names.get((row["project_id"], row[key_column]))

    campaign_name, journey_name = name_of("campaign_id", "campaign_name"), name_of("journey_id", "journey_name")
    template_name = name_of("template_id", "template_name")
    recurring_name = name_of("recurring_message_id", "campaign_name")

    def weekday(row):
        return row["message_date"].isoweekday()

    campaign, journey = ["project_id", "campaign_id", "channel"], ["project_id", "journey_id", "channel"]
    template, recurring = ["project_id", "template_id", "channel"], ["project_id", "recurring_message_id", "channel"]
    of_platform = ["project_id", "channel", "platform", "provider", "message_date"]
    of_campaign, of_journey = {"campaign_name": campaign_name}, {"journey_name": journey_name}
    with_template = [message for message in messages if message["template_id"] is not None]
    with_recurring = [message for message in messages if message["recurring_message_id"] is not None]
    in_app = [message for message in messages if message["channel"] == "iam"]
    weeks = person_weeks(messages)
    runs = runs_of_journeys(messages)
    journey_steps = dim_journey_steps(all_messages, runs, journey_name)

    newest_events = defaultdict(lambda: datetime.min)
    for event in [*events, *customer["event"]]:
        newest_events[event["project_id"]] = max(event["event_at"], newest_events[event["project_id"]])
    goal_events = goal_event_rows(customer["event"], goals, zone)
    conversions = conversion_rows(goal_events, all_messages)
    all_in_journey = [message for message in all_messages if message["journey_id"] is not None]
    converted_in_journey = [row for row in conversions if row["journey_id"] is not None]

    return {
        "export_reconciliation": crm_reconciliation,
        "customer_event_reconciliation": customer_reconciliation,
        "rejected": crm["rejected"],
        "rejected_customer_events": customer["rejected"],
        "crm_events": events,
        "customer_events": customer["event"],
        "column_rule_results": column_rule_results(partitions, events),
        "fct_messages": all_messages,
        "campaign_funnel": funnel(messages, campaign, with_times=True, names=of_campaign),
        "campaign_funnel_daily": funnel(messages, [*campaign, "message_date"]),
        "journey_funnel": funnel(in_journey, journey, with_times=True, names=of_journey),
        "journey_step_funnel": funnel(in_journey, [*journey, "journey_step_id"], with_times=True, names=of_journey),
        "journey_step_funnel_daily": funnel(in_journey, [*journey, "journey_step_id", "message_date"]),
        "channel_funnel_daily": funnel(messages, ["project_id", "channel", "message_date"]),
        "template_funnel": funnel(with_template, template, with_times=True, names={"template_name": template_name}),
        "recurring_message_funnel": funnel(
            with_recurring, recurring, with_times=True, names={"campaign_name": recurring_name}
        ),
        "platform_funnel_daily": funnel(messages, of_platform),
        "hour_funnel_daily": funnel(
            [message | {"message_hour": message["_hour"]} for message in messages],
            ["project_id", "channel", "message_date", "message_hour"],
            names={"message_weekday": weekday},
        ),
        "campaign_opens": campaign_opens(messages, campaign_name),
        "in_app_clicks": in_app_clicks(in_app),
        "in_app_closes": in_app_closes(in_app),
        "person_weeks": weeks,
        "message_pressure_weekly": message_pressure_weekly(weeks),
        "campaign_failures": failures(in_failures),
        "campaign_failures_daily": failures(in_daily_failures),
        "dim_campaigns": dimension(all_messages, "campaign_id", "campaign_name", campaign_name),
        "dim_journeys": dimension(all_messages, "journey_id", "journey_name", journey_name),
        "dim_templates": dimension(all_messages, "template_id", "template_name", template_name),
        "dim_journey_steps": journey_steps,
        "journey_step_transitions": journey_step_transitions(runs, journey_steps),
        "fct_conversions": conversions,
        "campaign_conversions": conversion_counts(goals, all_messages, conversions, campaign),
        "campaign_conversions_daily": conversion_counts(
            goals, all_messages, conversions, [*campaign, "message_date"], newest_events
        ),
        "journey_conversions": conversion_counts(goals, all_in_journey, converted_in_journey, journey),
        "journey_step_conversions": conversion_counts(
            goals, all_in_journey, converted_in_journey, [*journey, "journey_step_id"]
        ),
        "goal_conversions_daily": goal_conversions_daily(goal_events, conversions),
    }
