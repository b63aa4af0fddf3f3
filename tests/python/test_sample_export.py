"""The sample export holds what its record says, judged here by the contract's definitions and not by its own tags."""

import json
from collections import Counter
from datetime import UTC, datetime

import duckdb
import pytest

from sample_export import SampleExportError, generate
from sample_export.__main__ import main
from sample_export.generator import COLUMNS

TYPES = {
    "push": "created sent aborted failed clicked",
    "sms": "created sent aborted failed delivered undelivered",
    "kakaoalimtalk": "created sent aborted failed delivered undelivered",
    "kakaobrandmessage": "created sent aborted failed delivered undelivered",
    "email": "created sent delivered failed aborted complaint opened clicked",
    "iam": "created displayed clicked closed",
}
ALL_TYPES = {f"{channel}.{stage}" for channel, stages in TYPES.items() for stage in stages.split()}
CONTEXT = "campaign_name trigger_type journey_id journey_name journey_step_id journey_enrollment_id platform"
SENT = f"{CONTEXT} recurring_message_id error subject"
REQUIRED = {
    "push": "campaign_id platform",
    "sms": "campaign_id message_type body sender is_advertisement",
    "kakaoalimtalk": "campaign_id template_id kakaoalimtalk_template_code body recipient message_type",
    "kakaobrandmessage": "campaign_id body recipient message_type",
    "email": "campaign_id template_id sender",
    "iam": "campaign_id iam_group",
}
OPTIONAL = {
    "push": f"{SENT} template_id template_name body provider provider_message_id provider_error",
    "sms": f"{SENT} recipient",
    "kakaoalimtalk": f"{SENT} template_name",
    "kakaobrandmessage": f"{SENT} kakao_sender_key is_advertisement",
    "email": f"{SENT} template_name recipient",
    "iam": f"{CONTEXT} iam_clickable_id iam_dont_show_minutes",
}
COMMON = {"id", "type", "channel", "time", "deviceid", "userid"}
ACCEPTED = {
    "trigger_type": ["api", "console", "test", "journey", "recurring", "system"],
    "platform": ["android", "ios", "webDesktop", "webMobile"],
    "provider": ["fcm", "apns", "webpush"],
}
REASONS = [
    "missing_id",
    "missing_time",
    "invalid_time",
    "unknown_type",
    "channel_mismatch",
    "partition_date_mismatch",
    "missing_campaign_id",
    "missing_recipient",
]
CUSTOMER_REASONS = [
    "missing_id",
    "missing_time",
    "invalid_time",
    "missing_type",
    "partition_date_mismatch",
    "missing_person",
]
SMALL = {"seed": 3, "days": 12, "messages_per_day": 400, "dirt": 0.1}


def read(root):
    """Return a connection with the view `source`: every CRM row, empty strings as null, its file and its partition."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    texts = [name for name, kind in COLUMNS.items() if kind == "varchar"]
    nulled = ", ".join(f"nullif({name}, '') as {name}" for name in texts)
    connection.execute(
        f"create view source as select * replace ({nulled}) from read_parquet('{root}/crm_events/**/*.parquet', "
        "union_by_name = true, filename = true, hive_types = {'projectid': varchar, 'date': date})"
    )
    return connection


def judge(root):
    """Return what the contract says of the export: rejected (Counter), partitions (list), violations (Counter)."""
    connection = read(root)
    types = ", ".join(f"'{name}'" for name in sorted(ALL_TYPES))
    rfc_3339 = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
    # DuckDB casts no lower-case t or z.
    utc = r"try_cast(upper(time) as timestamptz) at time zone 'UTC'"
    connection.execute(
        f"""
        create table judged as
        select *, case
            when id is null then 'missing_id'
            when time is null then 'missing_time'
            when not regexp_full_match(time, '{rfc_3339}') or {utc} is null then 'invalid_time'
            when coalesce(type not in ({types}), true) then 'unknown_type'
            when coalesce(channel <> split_part(type, '.', 1), true) then 'channel_mismatch'
            when ({utc})::date <> date then 'partition_date_mismatch'
            when campaign_id is null then 'missing_campaign_id'
            when coalesce(deviceid, userid, recipient) is null then 'missing_recipient'
        end as reason from source;
        create table accepted as
        select * from judged where reason is null
        qualify row_number() over (partition by projectid, id order by filename) = 1;
        """
    )

    def counts(query):
        return Counter(dict(connection.execute(query).fetchall()))

    rejected = counts("select reason, count(*) from judged where reason is not null group by all")
    partitions = connection.execute(
        """
        select projectid, date::varchar, count(*), any_value(n), count(*) - any_value(n) - count(reason), count(reason)
        from judged
        inner join (select projectid, date, count(*) as n from accepted group by all) using (projectid, date)
        group by all order by all
        """
    ).fetchall()
    violations = Counter()

    def count(channel, rule, column, condition):
        query = f"select count(*) from accepted where channel = '{channel}' and {condition}"
        if rows := connection.execute(query).fetchone()[0]:
            violations[channel, rule, column] = rows

    for channel in TYPES:
        required, optional = set(REQUIRED[channel].split()), set(OPTIONAL[channel].split())
        count(channel, "format", "id", "not regexp_full_match(id, '[0-7][0-9A-HJKMNP-TV-Z]{25}')")
        for column in required:
            count(channel, "required", column, f"{column} is null")
        for column in set(COLUMNS) - required - optional - COMMON:
            count(channel, "always_null", column, f"{column} is not null")
        for column in set(ACCEPTED) & (required | optional):
            values = ["console", "journey"] if (channel, column) == ("iam", "trigger_type") else ACCEPTED[column]
            count(channel, "accepted_values", column, f"{column} not in {tuple(values)}")
        if "error" in optional:
            carriers = tuple(f"{channel}.{stage}" for stage in ("failed", "undelivered", "aborted"))
            count(channel, "only_on", "error", f"error is not null and type not in {carriers}")
    count("sms", "accepted_values", "message_type", "message_type not in ('SMS', 'LMS', 'MMS')")
    count("sms", "only_on", "subject", "subject is not null and coalesce(message_type not in ('LMS', 'MMS'), true)")
    count("iam", "only_on", "iam_clickable_id", "iam_clickable_id is not null and type <> 'iam.clicked'")
    count("iam", "only_on", "iam_dont_show_minutes", "iam_dont_show_minutes is not null and type <> 'iam.closed'")
    count("iam", "only_on", "platform", "platform is not null and type = 'iam.created'")
    count("iam", "range", "iam_dont_show_minutes", "iam_dont_show_minutes < 0")
    events = counts("select type, count(*) from accepted group by all")
    connection.close()
    return rejected, partitions, violations, events


def read_customers(root):
    """Return a connection with `customers`, every customer row, and `judged`: project, id, reason, is_unparsable."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute(
        f"""
        create view customers as
        select nullif(columns(* exclude (date)), ''), date from read_parquet(
            '{root}/customer_events/**/*.parquet', hive_types = {{'projectid': varchar, 'date': date}}
        );
        create view judged as
        select projectid, id, case
            when id is null then 'missing_id'
            when time is null then 'missing_time'
            when length(time) < 20 or try_cast(time as timestamptz) is null then 'invalid_time'
            when type is null then 'missing_type'
            when time::timestamptz::date <> date then 'partition_date_mismatch'
            when coalesce(userid, deviceid) is null then 'missing_person'
        end as reason, coalesce(not json_valid(data) or contains(data, ',}}'), false) from customers
        """
    )
    return connection


def contents(root):
    """Return {path in the export: sorted rows as texts} for each Parquet file."""
    return {
        str(path.relative_to(root)): sorted(map(str, duckdb.sql(f"from read_parquet('{path}')").fetchall()))
        for path in sorted(root.glob("*/*/*/*.parquet"))
    }


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    root = tmp_path_factory.mktemp("sample") / "dirty"
    return root, generate(root, **SMALL)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    root = tmp_path_factory.mktemp("sample") / "clean"
    return root, generate(root, seed=5, projects=2, days=7, messages_per_day=600, dirt=0)


def test_record_says_what_the_contract_finds(dirty):
    root, record = dirty
    rejected, partitions, violations, events = judge(root)
    assert rejected == record.rejected
    assert partitions == sorted(tuple(partition.values()) for partition in record.partitions)
    recorded = {(row["channel"], row["rule"], row["column_name"]): row["violations"] for row in record.violations}
    assert violations == recorded
    assert events == record.events_by_type


def test_every_kind_of_dirt_occurs(dirty):
    root, record = dirty
    assert set(record.rejected) == set(REASONS)
    rules = {"required", "always_null", "accepted_values", "only_on", "range", "format"}
    assert {row["rule"] for row in record.violations} == rules
    assert {row["channel"] for row in record.violations} == set(TYPES)
    assert set(record.oddities) == {"offset", "lower_case", "nanoseconds", "empty_string"}
    assert record.total("duplicate_rows") > 0
    source = read(root)
    in_one_file, in_two_files = source.execute(
        """
        select count(*) filter (where files = 1), count(*) filter (where files = 2) from (
            select count(distinct filename) as files from source where id is not null
            group by projectid, id having count(*) = 2
        )
        """
    ).fetchone()
    assert in_one_file > 0 and in_two_files > 0
    shifted = "select count(*) from source where time like '%+09:00' and date = time::timestamptz::date"
    assert source.execute(shifted).fetchone()[0] > 0
    assert set(record.rejected_customer_events) == set(CUSTOMER_REASONS)


def test_record_says_what_the_contract_finds_among_customer_events(dirty):
    root, record = dirty
    rows = read_customers(root).execute("select * from judged").fetchall()
    rejected = Counter(reason for _, _, reason, _ in rows if reason)
    accepted = {(project, id): broken for project, id, reason, broken in rows if not reason}
    assert rejected == record.rejected_customer_events
    assert record.customer_events == {
        "rows": len(rows),
        "duplicates": len(rows) - rejected.total() - len(accepted),
        "rejected": rejected.total(),
        "unparsable": sum(accepted.values()),
    }
    assert min(record.customer_events.values()) > 0


def test_people_act_after_messages(clean):
    """More orders within a day of a click than in the day before it; goals find amounts, quantities and echoes."""
    customers, source = read_customers(clean[0]), f"'{clean[0]}/crm_events/**/*.parquet'"

    def one(query):
        return customers.execute(query).fetchone()[0]

    def orders(condition):
        return one(
            "select count(*) from customers as c inner join "
            f"(select * from read_parquet({source}, union_by_name = true) where type like '%.clicked') as m "
            "on c.projectid = m.projectid and c.userid = m.userid "
            f"where c.type = 'order_completed' and c.time::timestamptz - m.time::timestamptz {condition}"
        )

    assert orders("between interval '0 days' and interval '1 day'") > 3 * orders(
        "between interval '-1 day' and interval '0 days'"
    )
    assert one("select count(*) from customers where userid is null and deviceid is not null") > 0
    assert one("select count(distinct type) from customers where type[1] = '@'") == 2
    for path in ("$.total", "$.fare.amount", "$.seats"):
        assert one(f"select count(distinct try_cast(data ->> '{path}' as decimal(18, 4))) from customers") > 1, path
    assert one("select count(*) from customers where data ->> '$.total' like '%원'") > 0


def test_clean_export_has_no_dirt(clean):
    root, record = clean
    rejected, partitions, violations, events = judge(root)
    assert (rejected, violations, record.rejected, record.violations) == ({}, {}, {}, [])
    assert (record.total("duplicate_rows"), record.unknown_columns, record.oddities) == (0, [], {})
    assert partitions == sorted(tuple(partition.values()) for partition in record.partitions)
    assert set(events) == ALL_TYPES
    columns = {row[0] for row in read(root).execute("describe source").fetchall()}
    assert columns == set(COLUMNS) | {"projectid", "date", "filename"}


def test_content_looks_like_a_business(clean):
    source = read(clean[0])

    def one(query):
        return source.execute(query).fetchone()[0]

    def most(counted, key):
        return one(f"select max(n) from (select count({counted}) as n from source group by projectid, {key})")

    assert one("select count(distinct trigger_type) from source where channel <> 'iam'") == 6
    assert one("select count(distinct trigger_type) from source where channel = 'iam'") == 2
    assert most("distinct channel", "campaign_id") == 2
    assert most("distinct campaign_name", "campaign_id") == 2
    assert most("distinct journey_step_id", "journey_enrollment_id") > 2
    assert most("if(type = 'email.opened', 1, null)", "campaign_id, recipient") > 1
    mails = "select recipient, campaign_id, type, time::timestamptz as t from source where channel = 'email'"
    to_opening = "epoch(min(t) filter (type = 'email.opened') - min(t) filter (type = 'email.delivered'))"
    delays = f"select {to_opening} as seconds from ({mails}) group by recipient, campaign_id"
    assert 0.1 < one(f"select avg((seconds <= 2)::integer) from ({delays})") < 0.5
    assert one("select count(*) from source where type = 'push.clicked' and trigger_type is null") > 0
    assert one("select count(*) from source where channel = 'sms' and userid is null") > 0
    assert one("select count(*) from source where channel = 'sms' and deviceid is not null") == 0
    fake = "regexp_full_match(recipient, '0100[0-9]{7}|[a-z0-9]+@example[.](com|kr)')"
    assert one(f"select count(*) from source where not {fake}") == 0
    # The id carries the event's time: Crockford base 32, five bits a character.
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for event_id, text in source.execute("select id, time from source using sample 50").fetchall():
        milliseconds = 0
        for character in event_id[:10]:
            milliseconds = milliseconds * 32 + digits.index(character)
        assert datetime.fromtimestamp(milliseconds / 1000, UTC) == datetime.fromisoformat(text)


def test_layout(dirty):
    root, record = dirty
    files = list(root.glob("*/*/*/*.parquet"))
    assert Counter(path.relative_to(root).parts[0] for path in files) == record.files
    assert {path.parts[-3] for path in files} == {"projectid=hanbit-mart", "projectid=northwind-travel"}
    assert len({path.parts[-2] for path in files}) == SMALL["days"]
    assert any(root.glob("crm_events/*/*/_SUCCESS"))
    names = {}
    for path in root.glob("crm_events/*/*/*.parquet"):
        names[path] = [row[0] for row in duckdb.sql(f"select name from parquet_schema('{path}') offset 1").fetchall()]
        day = datetime.fromisoformat(path.parent.name[5:] + "T00:00:00+00:00")
        days_later = (datetime.fromtimestamp(path.stat().st_mtime, UTC) - day).days
        assert days_later >= 3 if path.name.startswith("late-") else days_later == 1
    assert any(path.name.startswith("late-") for path in names)
    known = [[name for name in columns if name in COLUMNS] for columns in names.values()]
    assert any(len(columns) < len(COLUMNS) for columns in known)
    assert any(columns != sorted(columns, key=list(COLUMNS).index) for columns in known)
    with_bucket = sum("experiment_bucket" in columns for columns in names.values())
    unknown = {"table_name": "crm_events", "column_name": "experiment_bucket", "files": with_bucket}
    assert with_bucket > 0 and record.unknown_columns == [unknown]
    assert not any({"projectid", "date"} & set(columns) for columns in names.values())


def test_same_parameters_same_rows(dirty, tmp_path):
    root, record = dirty
    again = generate(tmp_path / "again", **SMALL, threads=1)
    assert again == record
    assert contents(tmp_path / "again") == contents(root)
    other = generate(tmp_path / "other", **SMALL | {"seed": 4})
    assert other.events_by_type != record.events_by_type


def test_foreign_folder_stays_as_it_is(tmp_path):
    foreign = tmp_path / "export"
    foreign.mkdir()
    (foreign / "keep.txt").write_text("mine")
    with pytest.raises(SampleExportError, match="not made by this generator"):
        generate(foreign, days=1, messages_per_day=10)
    assert [path.name for path in tmp_path.glob("**/*")] == ["export", "keep.txt"]


@pytest.mark.parametrize("setting", [{"projects": 0}, {"customer_events_per_day": -1}, {"dirt": 0.6}])
def test_settings_that_make_no_sense_are_refused(tmp_path, setting):
    with pytest.raises(SampleExportError, match="start at 1, customer_events_per_day at 0; dirt lies between"):
        generate(tmp_path / "export", **setting)
    assert list(tmp_path.iterdir()) == []


def test_command_line(tmp_path, capsys):
    arguments = [str(tmp_path / "export"), "--days", "3", "--events", "5000", "--dirt", "0", "--no-late-files"]
    assert main([*arguments, "--record", str(tmp_path / "record.json")]) == 0
    record = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert 3500 < sum(record["events_by_type"].values()) < 6500
    assert not list(tmp_path.glob("**/late-*"))

    def files():
        return {path: path.stat().st_ino for path in tmp_path.glob("export/**/*.parquet")}

    made, first = files(), capsys.readouterr().out
    assert main([*arguments, "--if-missing"]) == 0
    assert (files(), capsys.readouterr().out) == (made, first)
    assert main([*arguments, "--seed", "2", "--if-missing"]) == 0
    assert files() != made
    assert main(["--dirt", "3", str(tmp_path / "bad")]) == 1
