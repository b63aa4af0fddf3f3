"""People on the forget list are in nothing that a build leaves behind, and their rows are counted."""

import csv
import hashlib
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY, build, write_rows
from forget_list import COLUMNS, EMPTY_LIST, ForgetListError, read_forget_list
from forked_dbt import ForkedDbt
from mutate_export import ExportMutator
from test_builds_mirror_the_export import differences
from test_site import run_site

from sample_export import generate

KEY = "a key for tests"
NUMBER = "+82-10-5550-1234"
NUMBER_HASH = hashlib.sha256(f"{KEY}|{NUMBER}".encode()).hexdigest()[:32]
IDS = {"user_id": "user-of-Kim-Minseo", "device_id": "device-of-Kim-Minseo", "recipient_hash": NUMBER_HASH}


def write_list(path, *people):
    """Write a forget list and return its path. people: dicts of COLUMNS; what is missing is empty."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(people)
    return path


def listed(path):
    """Return the environment of a build with a list (dict)."""
    return {"FLARELANE_FORGET_LIST": str(path)}


# -------------------------------------------------------------------------------------------- nothing of them is left


def write_people(root):
    """Write an export of three ids to forget and of somebody else: events, duplicates, rejected rows."""
    rows = []
    for person, ids in {
        "1": {"userid": IDS["user_id"], "deviceid": "a device of theirs"},
        "2": {"deviceid": IDS["device_id"]},
        "3": {"recipient": NUMBER},
        "4": {"userid": "somebody else", "deviceid": "another device"},
    }.items():
        for number, type in enumerate(("sms.created", "sms.sent", "sms.delivered")):
            time = f"2026-03-01T09:00:0{number}Z"
            row = {"id": f"01J0000000000000000000{person}{number:03}", "type": type, "channel": "sms", "time": time}
            rows.append(row | {"campaign_id": "c", "campaign_name": "Spring", "body": "Hello"} | ids)
        rows += [rows[-1], rows[-1] | {"time": "yesterday"}]
    for day in ("2026-03-01", "2026-03-02"):
        write_rows(
            root, "crm_events", "shop", day, [row | {"time": row["time"].replace("2026-03-01", day)} for row in rows]
        )
    events = [{"id": f"e{n}", "type": "bought", "time": "2026-03-01T10:00:00Z", "data": '{"n": 1}'} for n in range(3)]
    for event, ids in zip(
        events, ({"userid": IDS["user_id"]}, {"deviceid": IDS["device_id"]}, {"userid": "x"}), strict=True
    ):
        event |= ids
    write_rows(root, "customer_events", "shop", "2026-03-01", [*events, events[0] | {"id": None}])


def places_of(text, folder):
    """Return the files below a folder, but for the export, that hold a text (list of str)."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and "export" not in path.parts
        and path.suffix != ".csv"
        and text.encode() in path.read_bytes()
    ]


@pytest.fixture(scope="module")
def forgotten(tmp_path_factory):
    """A folder in which everything was built and published without a list, and again with one; see write_people().

    dict: folder; held, the files that held each id before; files, those that hold it after; rows, the builds' outcome.
    """
    folder = tmp_path_factory.mktemp("forgotten")
    write_people(folder / "export")
    env = {"FLARELANE_PUBLISHED_WAREHOUSE": str(folder / "published.duckdb")}
    before = build(folder / "export", folder, env=env, tests=True, check=False, artifacts=True)
    # Counts alone, which stay until the site is made again.
    site = run_site([before.warehouse, "--site", folder / "site"], folder)
    assert (folder / "site" / "index.html").exists(), site.stderr
    held = {name: places_of(id, folder) for name, id in IDS.items()}
    people = write_list(folder / "people.csv", *({name: id} for name, id in IDS.items()))
    after = build(folder / "export", folder, env=env | listed(people), tests=True, check=False, artifacts=True)
    return {"folder": folder, "held": held, "files": {n: places_of(i, folder) for n, i in IDS.items()}, "after": after}


@pytest.mark.parametrize("name", IDS)
def test_no_id_is_in_warehouse_published_copy_logs_target_or_site(forgotten, name):
    assert {"warehouse.duckdb", "published.duckdb"} <= set(forgotten["held"][name]), "the search finds what is there"
    assert forgotten["files"][name] == []


def test_logs_never_held_an_id(forgotten):
    found = {file for files in forgotten["held"].values() for file in files}
    assert found == {"warehouse.duckdb", "published.duckdb"}
    assert (forgotten["folder"] / "logs" / "dbt.log").exists()
    assert (forgotten["folder"] / "target" / "run_results.json").exists()


def test_forgotten_rows_are_counted_and_the_rest_is_there(forgotten):
    rows = forgotten["after"].rows(
        "select source_rows, event_rows, duplicate_rows, rejected_rows, forgotten_rows from export_reconciliation"
        " order by event_date"
    )
    assert [tuple(row.values()) for row in rows] == [(20, 3, 1, 1, 15), (20, 0, 4, 1, 15)]
    rows = forgotten["after"].rows("select * exclude (project_id, event_date) from customer_event_reconciliation")
    assert [tuple(row.values()) for row in rows] == [(4, 1, 0, 0, 3, 0)]
    assert forgotten["after"].rows("select count(*) as n from stg_flarelane__rejected_crm_events") == [{"n": 2}]
    assert [row["user_id"] for row in forgotten["after"].rows("select user_id from fct_messages")] == ["somebody else"]


def test_the_same_list_in_another_order_builds_and_rewrites_nothing(forgotten):
    folder = forgotten["folder"]
    people = write_list(folder / "people.csv", *({name: id} for name, id in reversed(IDS.items())))
    before = forgotten["after"].warehouse.stat().st_ino
    again = build(folder / "export", folder, env=listed(people))
    assert "Rewriting" not in again.output
    assert "code or settings changed" not in again.output
    assert again.warehouse.stat().st_ino == before


# ---------------------------------------------------------------------------------------- whatever happens in between


@pytest.mark.parametrize("seed", [5])
def test_daily_builds_with_a_list_give_what_a_full_refresh_gives(tmp_path, seed):
    generate(tmp_path / "original", seed=11, projects=2, days=20, messages_per_day=12, dirt=0.15)
    mutator = ExportMutator(tmp_path / "original", tmp_path / "export", seed)
    with duckdb.connect() as connection:
        files = f"read_parquet('{tmp_path}/original/crm_events/*/*/*.parquet', union_by_name = true)"
        users, devices, recipients = (
            [row[0] for row in connection.execute(
                f"select distinct {name} from {files} where {name} <> '' order by hash({name}) limit 15"
            ).fetchall()]
            for name in ("userid", "deviceid", "recipient")
        )  # fmt: skip
    people = [{"user_id": id} for id in users] + [{"device_id": id} for id in devices]
    people += [{"recipient_hash": hashlib.sha256(f"{KEY}|{text}".encode()).hexdigest()[:32]} for text in recipients]
    path = tmp_path / "people.csv"
    dbt, warehouse = ForkedDbt(tmp_path), tmp_path / "plain" / "warehouse.duckdb"
    played = []
    # The list grows, stays for some changes of the export, and shrinks.
    for length in (15, 45, 45, 45, 10):
        write_list(path, *people[:length])
        dbt.build(tmp_path / "export", warehouse, env=listed(path))
        played.append(mutator.step())
    dbt.build(tmp_path / "export", warehouse, env=listed(path))
    fresh = tmp_path / "fresh" / "warehouse.duckdb"
    dbt.build(tmp_path / "export", fresh, env=listed(path), full_refresh=True)
    assert differences(warehouse, fresh) == [], f"after {played}"
    with duckdb.connect(str(fresh), read_only=True) as connection:
        counts = "select sum(forgotten_rows) > 0 from "
        assert connection.execute(counts + "export_reconciliation").fetchone() == (True,)


def test_ids_stay_until_all_models_are_built_and_the_next_build_makes_up_for_a_killed_one(tmp_path):
    write_people(tmp_path / "export")
    build(tmp_path / "export", tmp_path)
    people = listed(write_list(tmp_path / "people.csv", {"user_id": IDS["user_id"]}))
    warehouse = tmp_path / "warehouse.duckdb"

    # Models that do not read the list are built, and the list is new to the others.
    part = build(tmp_path / "export", tmp_path, env=people, select="campaign_funnel")
    assert "not all models are built with it" in part.output
    # The base is new, and what reads it is not.
    part = build(
        tmp_path / "export", tmp_path, env=people, select="base_flarelane__crm_rows base_flarelane__customer_rows"
    )
    assert "not all models are built with it" in part.output
    assert places_of(IDS["user_id"], tmp_path) == ["warehouse.duckdb"]

    # What a build leaves that is killed while it writes the copy: a part of the copy, of a list that was shorter.
    copy = tmp_path / "warehouse.duckdb.rewritten"
    copy.write_bytes(b"a part of a copy with " + IDS["user_id"].encode())
    # What an earlier one set aside.
    damaged = tmp_path / "warehouse.duckdb.damaged"
    damaged.write_bytes(b"a damaged warehouse with " + IDS["user_id"].encode())
    whole = build(tmp_path / "export", tmp_path, env=people)
    assert "Rewriting the warehouse's file" in whole.output
    assert places_of(IDS["user_id"], tmp_path) == []
    assert not copy.exists() and not damaged.exists()

    # Built with the list and killed before the file was rewritten: the models have nothing to do, and it is.
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from warehouse_rewrites")
    again = build(tmp_path / "export", tmp_path, env=people)
    assert "Rewriting the warehouse's file" in again.output
    build(tmp_path / "export", tmp_path / "fresh", env=people)
    assert differences(warehouse, tmp_path / "fresh" / "warehouse.duckdb") == []

    # Without the list they are back, and with it again nothing is left of them.
    build(tmp_path / "export", tmp_path)
    assert places_of(IDS["user_id"], tmp_path) == ["warehouse.duckdb"]
    build(tmp_path / "export", tmp_path, env=people)
    assert places_of(IDS["user_id"], tmp_path) == []


# -------------------------------------------------------------------------------------------------------- the list


def read(tmp_path, text):
    (tmp_path / "people.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_forget_list(tmp_path / "people.csv")


def test_a_list_is_read_as_spreadsheets_write_it(tmp_path):
    text = (
        '\ufeffuser_id,project_id,recipient_hash,device_id\r\n"a, ""b""",,,\r\n\r\n한,shop,,d\r\n,,'
        + "AB" * 16
        + ",\r\n"
    )
    assert read(tmp_path, text) == [
        (None, None, None, "ab" * 16),
        (None, 'a, "b"', None, None),
        ("shop", "한", "d", None),
    ]


HEADER = "project_id,user_id,device_id,recipient_hash\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must begin with the header project_id,user_id,device_id,recipient_hash"),
        ("user_id\nsecret\n", "must begin with the header"),
        (HEADER + ",ok,,\n,secret\n", "2 fields in line 3"),
        (HEADER + "shop,,,\n", "names nobody in line 2"),
        (HEADER + ", secret,,\n", "blanks or unseen characters around a value in line 2"),
        # Two lists, one behind the other, where the second begins with a mark of the byte order.
        (HEADER + ",one,,\n\ufeff,secret,,\n", "unseen characters around a value in line 3"),
        (HEADER + ",secret\u200b,,\n", "unseen characters around a value in line 2"),
        (HEADER + ",,,+82-10-secret\n", "no recipient_hash in line 2"),
        (HEADER + ',"secret"x,,\n', "no CSV file: line 2"),
        (HEADER.encode() + b",\xff\xfesecret,,\n", "it is not UTF-8"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_without_a_word_of_it(tmp_path, text, message):
    with pytest.raises(ForgetListError, match=message) as error:
        read(tmp_path, text)
    assert "secret" not in str(error.value)


def test_a_build_stops_before_anything_changes_when_the_list_makes_no_sense_or_is_gone(tmp_path):
    write_people(tmp_path / "export")
    people = tmp_path / "people.csv"
    people.write_text(HEADER + ",,,secret 010\n")
    refused = build(tmp_path / "export", tmp_path, env=listed(people), check=False)
    assert refused.returncode != 0
    assert f"The forget list {people} has no recipient_hash in line 2" in refused.output
    assert places_of("secret 010", tmp_path) == []
    people.unlink()
    refused = build(tmp_path / "export", tmp_path, env=listed(people), check=False)
    assert f"The forget list {people} cannot be read: No such file" in refused.output
    with duckdb.connect(str(refused.warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from information_schema.tables").fetchone() == (0,)


def test_nobody_is_on_the_list_that_ships():
    assert EMPTY_LIST == REPOSITORY / "seeds" / "forget_list.csv"
    assert EMPTY_LIST.read_text() == HEADER, "a list of people is kept outside the repository: docs/erasure.md"
