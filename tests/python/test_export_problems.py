"""What a broken export, a wrong setting and personal data come to, end to end: dbt build on an export, then a look."""

import hashlib
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY, Build, build, write_rows
from contract_reference import CRM_COLUMNS
from forked_dbt import ForkedDbt

from sample_export import Record, generate

# Everything but the unit tests, which know nothing of the export; no test comes along by itself.
ALL = "resource_type:seed resource_type:model test_type:data"
JUST_THESE = {"DBT_INDIRECT_SELECTION": "empty"}
ROWS_OF_FILES = "assert_every_row_of_a_file_is_loaded"
MARTS = sorted(path.stem for path in (REPOSITORY / "models/marts").glob("*.sql"))
NO_KEY = {"FLARELANE_RECIPIENT_HASH_KEY": ""}
KEY = "7d1f0a-the-key-of-these-tests"
DEMO_KEY = "demo key of the sample export"
# The recipients of the sample and of these tests look like this.
RECIPIENT = re.compile(rb"(?=(0100\d{7}))|([a-z]+\d*@example\.(?:com|kr))")


def counts_of_tests(output, outcome):
    """Return {test: count} of the tests that dbt's output gives with an outcome, FAIL or WARN."""
    return {name: int(count) for count, name in re.findall(rf" {outcome} (\d+) (\w+) \.", output)}


def sha_hash(key, recipient):
    """Return what the documentation says that a recipient's hash is (str)."""
    return hashlib.sha256(f"{key}|{recipient}".encode()).hexdigest()[:32]


def recipients_of(export_root):
    """Return the recipients in an export's files (set of str), read without the project."""
    rows = duckdb.execute(
        "select distinct recipient from read_parquet($files, union_by_name = true) where recipient <> ''",
        {"files": [str(path) for path in export_root.glob("crm_events/*/*/*.parquet") if path.stat().st_size > 1000]},
    ).fetchall()
    return {recipient for (recipient,) in rows}


def relation_texts(run, folder):
    """Return {relation: bytes}: every table and view of the warehouse, all columns, written out as CSV."""
    texts = {}
    with duckdb.connect(str(run.warehouse), read_only=True) as connection:
        for (name,) in connection.execute("select table_name from information_schema.tables").fetchall():
            path = Path(folder) / f"{name}.csv"
            connection.execute(f"copy (from {name}) to '{path}' (format csv, header)")
            texts[name] = path.read_bytes()
    return texts


def file_texts(*folders):
    """Return {path: bytes} of the files below the folders."""
    paths = [path for folder in folders for path in Path(folder).rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in paths}


def places_of(needles, texts):
    """Return the names of the texts (dict name -> bytes) that contain one of the recipients (set of str)."""
    found = {name: {(a or b).decode() for a, b in RECIPIENT.findall(text)} & needles for name, text in texts.items()}
    return {name for name, recipients in found.items() if recipients}


# ------------------------------------------------------------------------------------------- a dirty export


@dataclass
class Dirty:
    """A dirty export with the generator's record of it, and two builds: with a key, and lenient with the demo key."""

    record: Record
    strict: Build
    lenient: Build


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dirty")
    root = folder / "export"
    record = generate(root, seed=7, days=12, messages_per_day=60, dirt=0.25)
    (root / "crm_events/projectid=hanbit-mart/date=2026-10-30").mkdir()
    only_success = root / "customer_events/projectid=hanbit-mart/date=2026-10-31"
    only_success.mkdir()
    (only_success / "_SUCCESS").touch()
    strict = build(
        root, folder / "strict",
        select=ALL, check=False, tests=True, env=JUST_THESE | {"FLARELANE_RECIPIENT_HASH_KEY": KEY}, artifacts=True,
    )  # fmt: skip
    lenient = build(
        os.path.relpath(root, REPOSITORY), folder / "lenient", {"column_rule_error_above": 100000},
        select=ALL, check=False, tests=True, env=JUST_THESE | NO_KEY,
    )  # fmt: skip
    return Dirty(record, strict, lenient)


def test_rejected_rows_are_counted_by_reason(dirty):
    rows = dirty.strict.rows(
        "select rejection_reason, count(*) as n from stg_flarelane__rejected_crm_events group by 1"
    )
    assert {row["rejection_reason"]: row["n"] for row in rows} == dirty.record.rejected
    assert len(dirty.record.rejected) == 8


def test_every_partition_is_reconciled(dirty):
    rows = dirty.strict.rows("select * replace (event_date::varchar as event_date) from export_reconciliation")
    assert {row.pop("forgotten_rows") for row in rows} == {0}
    found = {(row.pop("project_id"), row.pop("event_date")): row for row in rows}
    expected = [dict(partition) for partition in dirty.record.partitions]
    assert found == {(row.pop("project_id"), row.pop("date")): row for row in expected}
    assert dirty.record.total("duplicate_rows") > 0


def test_customer_rows_are_reconciled(dirty):
    [row] = dirty.strict.rows(
        "select sum(source_rows)::int as rows, sum(duplicate_rows)::int as duplicates, "
        "sum(unparsable_data_rows)::int as unparsable, sum(rejected_rows)::int as rejected "
        "from customer_event_reconciliation"
    )
    assert row == dirty.record.customer_events
    [events] = dirty.strict.rows(
        "select count(*) as n, count(*) filter (where is_data_unparsable and data is null) as unparsable"
        " from stg_flarelane__customer_events"
    )
    accepted = row["rows"] - row["duplicates"] - row["rejected"]
    assert events == {"n": accepted, "unparsable": row["unparsable"]}
    rejected = dirty.strict.rows(
        "select rejection_reason, count(*) as n from stg_flarelane__rejected_customer_events group by 1"
    )
    assert {row["rejection_reason"]: row["n"] for row in rejected} == dirty.record.rejected_customer_events
    assert min(row.values()) > 0 and len(rejected) == 6


def test_column_rules_find_what_was_broken(dirty):
    rows = dirty.strict.rows(
        "select channel, rule, column_name, sum(violations)::int as violations from column_rule_results"
        " group by 1, 2, 3 having sum(violations) > 0 order by 1, 2, 3"
    )
    assert rows == dirty.record.violations
    assert {row["rule"] for row in rows} == {
        "required", "always_null", "accepted_values", "only_on", "range", "format",
    }  # fmt: skip
    listed = dirty.strict.rows(
        "select channel, rule, column_name, count(*) as n from column_rule_violations group by all"
    )
    assert {(row["channel"], row["rule"], row["column_name"], row["n"]) for row in listed} == {
        tuple(row.values()) for row in rows
    }


def broken_rule_tests(record):
    return {f"{row['channel']}__{row['column_name']}__{row['rule']}": row["violations"] for row in record.violations}


def test_the_tests_of_the_broken_rules_fail_by_name_and_nothing_else_does(dirty):
    assert dirty.strict.returncode == 1
    assert counts_of_tests(dirty.strict.output, "FAIL") == broken_rule_tests(dirty.record)
    assert " ERROR creating " not in dirty.strict.output


def test_a_failing_rule_keeps_nothing_from_being_built(dirty):
    assert " SKIP " not in dirty.strict.output
    counts = {name: dirty.strict.rows(f"select count(*) as n from {name}")[0]["n"] for name in MARTS}
    assert min(counts.values()) > 0, counts


def test_tolerated_violations_warn(dirty):
    assert dirty.lenient.returncode == 0, dirty.lenient.output[-3000:]
    warned = counts_of_tests(dirty.lenient.output, "WARN")
    assert {name: warned.get(name) for name in broken_rule_tests(dirty.record)} == broken_rule_tests(dirty.record)


def test_unknown_columns_are_named_in_a_warning(dirty):
    rows = dirty.strict.rows("select source_table as table_name, column_name, files from export_unknown_columns")
    assert rows == dirty.record.unknown_columns
    assert [row["column_name"] for row in rows] == ["experiment_bucket"]
    assert counts_of_tests(dirty.strict.output, "WARN")["assert_every_column_is_documented"] == 1


def test_rejected_rows_and_unparsable_data_warn(dirty):
    warned = counts_of_tests(dirty.strict.output, "WARN")
    assert warned["assert_no_source_row_is_rejected"] == 8
    assert warned["assert_no_customer_row_is_rejected"] == 6
    assert warned["assert_customer_data_is_json"] > 0


def test_partition_folders_without_parquet_are_named(dirty):
    named = re.findall(r"No Parquet file in the partition folder (\S+): looked for \*\.parquet", dirty.strict.output)
    assert sorted(Path(path).relative_to(dirty.strict.export_root).as_posix() for path in set(named)) == [
        "crm_events/projectid=hanbit-mart/date=2026-10-30",
        "customer_events/projectid=hanbit-mart/date=2026-10-31",
    ]


def test_a_relative_root_gives_the_same_as_an_absolute_one(dirty):
    assert not dirty.lenient.export_root.is_absolute()
    query = "from campaign_funnel order by all"
    assert dirty.lenient.rows(query) == dirty.strict.rows(query)


# ------------------------------------------------------------------------------------------- personal data


def test_a_sample_without_a_key_says_that_the_demo_key_serves(dirty):
    message = "recipients are hashed with the public demo key"
    assert message in dirty.lenient.output and message not in dirty.strict.output


def test_recipients_and_the_key_are_nowhere_in_clear(dirty, tmp_path):
    run = dirty.strict
    recipients = recipients_of(run.export_root)
    assert len(recipients) > 100
    relations = relation_texts(run, tmp_path)
    assert {"stg_flarelane__crm_events", "stg_flarelane__rejected_crm_events", "column_rule_violations"} < set(
        relations
    )
    files = file_texts(run.warehouse.parent)
    for name in ("warehouse.duckdb", "manifest.json", "run_results.json", "base_flarelane__crm_rows.sql", "dbt.log"):
        assert any(path.endswith("/" + name) for path in files), f"{name} was not looked at"

    for texts in (relations, files, {"output": run.output.encode()}):
        assert places_of(recipients, texts) == set()
        assert {name for name, text in texts.items() if KEY.encode() in text} == set()


def test_the_hash_is_keyed_and_equal_for_equal_recipients(dirty):
    recipients = recipients_of(dirty.strict.export_root)
    query = "select distinct recipient_hash as hash from base_flarelane__crm_rows where recipient_hash is not null"
    hashes = {row["hash"] for row in dirty.strict.rows(query)}
    assert hashes == {sha_hash(KEY, recipient) for recipient in recipients}
    demo_hashes = {row["hash"] for row in dirty.lenient.rows(query)}
    assert demo_hashes == {sha_hash(DEMO_KEY, recipient) for recipient in recipients}
    assert not hashes & demo_hashes


# ------------------------------------------------------------------------------------------- unreadable files


def event(number, **values):
    """Return a valid SMS event (dict)."""
    return {
        "id": f"01K4AAAAAAAAAAAAAAAAAAAA{number:02}",
        "type": "sms.created",
        "channel": "sms",
        "time": "2026-09-01T10:00:00Z",
        "campaign_id": "camp",
        "campaign_name": "Camp",
        "trigger_type": "api",
        "message_type": "LMS",
        "body": "Hello",
        "sender": "15880000",
        "recipient": f"010012345{number:02}",
        "is_advertisement": False,
    } | values


@dataclass
class Problems:
    """An export, no sample, with bad files beside good ones, and its build with recipients exposed."""

    run: Build
    reasons: dict
    root: Path


@pytest.fixture(scope="module")
def problems(tmp_path_factory):
    folder = tmp_path_factory.mktemp("problems")
    root = folder / "export"
    good = write_rows(root, "crm_events", "007", "2026-09-01", [event(1), event(2)])
    write_rows(root, "crm_events", "12", "2026-09-01", [event(3, campaign_id="")])
    for name, content in {
        "truncated": good.read_bytes()[:-50],
        "empty": b"",
        "junk": b"These are not the bytes of a Parquet file. " * 10,
    }.items():
        (good.parent / f"{name}.parquet").write_bytes(content)
    for name, column, value in (
        ("struct", "recipient", "{'phone': '01001234599'}"),
        ("text_flag", "is_advertisement", "'false'"),
    ):
        columns = {column: "null::varchar" for column in CRM_COLUMNS}
        columns |= {key: f"'{text}'" for key, text in event(9).items() if isinstance(text, str)} | {column: value}
        select = ", ".join(f"{expression} as {column}" for column, expression in columns.items())
        duckdb.execute(f"copy (select {select}) to '{good.parent / name}.parquet' (format parquet)")
    run = build(
        folder / "nowhere", folder / "build",
        {"export_root": os.path.relpath(root, REPOSITORY) + "/", "expose_recipients": True},
        select=f"resource_type:seed resource_type:model assert_every_file_can_be_read {ROWS_OF_FILES}",
        check=False, tests=True, env=JUST_THESE,
    )  # fmt: skip
    rows = run.rows("select path, state_reason from export_files where state = 'unreadable'")
    return Problems(run, {Path(row["path"]).stem: row["state_reason"] for row in rows}, root)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("truncated", r"truncated\.parquet.*"),
        ("empty", r"empty\.parquet.*too small"),
        ("junk", r"junk\.parquet.*"),
        ("struct", r"recipient is NESTED, not varchar"),
        ("text_flag", r"is_advertisement is VARCHAR, not boolean"),
    ],
)
def test_an_unreadable_file_is_named_with_the_reason(problems, name, reason):
    assert re.search(reason, problems.reasons[name]), problems.reasons[name]


def test_an_unreadable_file_fails_a_test_and_stops_nothing_else(problems):
    assert problems.run.returncode == 1
    assert counts_of_tests(problems.run.output, "FAIL") == {"assert_every_file_can_be_read": 5}
    assert " ERROR creating " not in problems.run.output and " SKIP " not in problems.run.output
    rows = problems.run.rows(
        "select project_id, sum(source_rows)::int as n from export_reconciliation group by 1 order by 1"
    )
    assert rows == [{"project_id": "007", "n": 2}, {"project_id": "12", "n": 1}]
    assert problems.run.rows("select sum(messages)::int as n from campaign_funnel") == [{"n": 2}]


def test_rows_of_a_loaded_file_that_are_nowhere_fail_a_test(problems, tmp_path):
    ledger = problems.run.rows("select path, source_rows from export_files where source_rows is not null")
    assert {Path(row["path"]).parts[-3]: row["source_rows"] for row in ledger} == {
        "projectid=007": 2,
        "projectid=12": 1,
    }
    dbt, warehouse = ForkedDbt(tmp_path), tmp_path / "warehouse.duckdb"
    shutil.copy(problems.run.warehouse, warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update export_files set source_rows = source_rows + 1 where project_id = '12'")
    dbt.start(problems.root, warehouse, command="test", tests=True, arguments=["--select", ROWS_OF_FILES]).join()
    assert counts_of_tests(dbt.output(), "FAIL") == {ROWS_OF_FILES: 1}


def test_numeric_project_ids_stay_text(problems):
    for relation in ("stg_flarelane__crm_events", "fct_messages", "campaign_funnel"):
        assert {row["project_id"] for row in problems.run.rows(f"select project_id from {relation}")} == {"007"}


def test_the_variable_goes_before_the_environment(problems):
    [row] = problems.run.rows("select min(path) as path from export_files where state = 'loaded'")
    assert (REPOSITORY / row["path"]).is_file() and not Path(row["path"]).is_absolute()


def test_exposed_recipients_stand_beside_their_hash(problems, tmp_path):
    rows = problems.run.rows("select recipient, recipient_hash from stg_flarelane__sms_events order by 1")
    expected = [
        {"recipient": text, "recipient_hash": sha_hash("a key for tests", text)}
        for text in ("01001234501", "01001234502")
    ]
    assert rows == expected
    [rejected] = problems.run.rows("select recipient from stg_flarelane__rejected_crm_events")
    assert rejected == {"recipient": "01001234503"}
    # The search that finds no recipient in other warehouses finds these.
    assert "stg_flarelane__crm_events" in places_of({"01001234501"}, relation_texts(problems.run, tmp_path))
    assert places_of({"01001234501"}, file_texts(problems.run.warehouse.parent)) == {str(problems.run.warehouse)}


# ------------------------------------------------------------------------------------------- builds that stop


@pytest.fixture(scope="module")
def stopped(problems, tmp_path_factory):
    """Builds that must not go through, by what is wrong (dict of Build)."""
    folder = tmp_path_factory.mktemp("stopped")
    strange = folder / "strange"
    (strange / "crm_events").mkdir(parents=True)
    (strange / "crm_events/readme.txt").write_text("The export comes tomorrow.")
    (folder / "nothing").mkdir()
    # dbt parses the project again for other variables or another warehouse, so the roots share one.
    series = [
        {
            "no_folder": {"export_root": folder / "no-such-folder", "select": "+export_files"},
            "no_files": {"export_root": folder / "nothing", "select": "+export_files"},
            "no_parquet": {"export_root": strange, "select": "+export_files"},
            "no_key": {"export_root": problems.root, "select": "+base_flarelane__crm_rows", "env": NO_KEY},
        },
        {
            "window": {"export_root": problems.root, "vars": {"message_window_days": -1}},
            "zone": {"export_root": problems.root, "vars": {"reporting_timezone": "Mars/Olympus"}},
        },
    ]

    def run(number):
        return {
            case: build(tmp_path=folder / str(number), check=False, **options)
            for case, options in series[number].items()
        }

    with ThreadPoolExecutor(len(series)) as pool:
        runs = list(pool.map(run, range(len(series))))
    return runs[0] | runs[1]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("no_key", "No key for recipient hashes.*set FLARELANE_RECIPIENT_HASH_KEY to a long random text"),
        ("no_folder", r"No export at '{root}'\. Looked there for {layout}\. There is no such folder\."),
        ("no_files", r"No export at '{root}'\. Looked there for {layout}\. It holds no file below crm_events/"),
        ("no_parquet", r"No export at '{root}'\. Looked there for {layout}\. It holds 1 other files.*readme\.txt"),
        ("window", "message_window_days is '-1'; it must be a whole number of days"),
        ("zone", "reporting_timezone is 'Mars/Olympus'; it must be an IANA time zone"),
    ],
)
def test_a_build_that_stops_says_why(stopped, case, said):
    run = stopped[case]
    assert run.returncode != 0
    layout = re.escape("crm_events/projectid=<id>/date=<YYYY-MM-DD>/<name>.parquet")
    said = said.replace("{root}", re.escape(str(run.export_root))).replace("{layout}", layout)
    assert re.search(said, run.output), run.output[-3000:]


def test_a_build_without_a_key_loads_no_event(stopped):
    relations = {
        row["table_name"] for row in stopped["no_key"].rows("select table_name from information_schema.tables")
    }
    assert not relations & {"export_files", "base_flarelane__crm_rows"}


@pytest.mark.parametrize("case", ["window", "zone"])
def test_a_senseless_setting_stops_before_anything_is_built(stopped, case):
    relations = {row["table_name"] for row in stopped[case].rows("select table_name from information_schema.tables")}
    assert relations == set()
