"""What a local export is found to hold: links, changes within a second, folders that cannot be read."""

import errno
import os
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY, write_rows
from forked_dbt import ForkedDbt

sys.path.insert(0, str(REPOSITORY / "plugins"))
from export_folder import FolderError, files_below, folders_of, list_folders, partition_folders, status_of

SENT = {"type": "sms.sent", "channel": "sms", "campaign_id": "c", "userid": "u", "time": "2026-03-01T09:00:00Z"}


def test_linked_partitions_and_files_are_loaded_and_a_link_to_nowhere_is_named(tmp_path):
    root, elsewhere = tmp_path / "export", tmp_path / "elsewhere"
    write_rows(root, "crm_events", "shop", "2026-03-01", [SENT | {"id": "01J00000000000000000000001"}])
    linked = write_rows(elsewhere, "crm_events", "linked", "2026-03-01", [SENT | {"id": "01J00000000000000000000002"}])
    file = write_rows(elsewhere, "crm_events", "other", "2026-03-01", [SENT | {"id": "01J00000000000000000000003"}])
    (root / "crm_events/projectid=linked").symlink_to(linked.parents[1])
    (root / "crm_events/projectid=shop/date=2026-03-01/linked.parquet").symlink_to(file)
    (root / "crm_events/projectid=shop/date=2026-03-01/broken.parquet").symlink_to("nowhere.parquet")
    (root / "crm_events/projectid=shop/loop").symlink_to(root)
    warehouse, dbt = tmp_path / "plain" / "warehouse.duckdb", ForkedDbt(tmp_path)

    def loaded():
        dbt.build(root, warehouse)
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            return [
                connection.execute(query).fetchall()
                for query in (
                    "select project_id, right(event_id, 1) from stg_flarelane__crm_events order by all",
                    "select state, count(*), max(state_reason) from export_files group by state order by state",
                )
            ]

    events, states = loaded()
    assert events == [("linked", "2"), ("shop", "1"), ("shop", "3")]
    assert [state[:2] for state in states] == [("loaded", 3), ("unreadable", 1)] and "broken.parquet" in states[1][2]
    write_rows(
        root, "crm_events", "shop", "2026-03-01", [SENT | {"id": "01J00000000000000000000004"}], name="nowhere.parquet"
    ).rename(root / "crm_events/projectid=shop/date=2026-03-01/nowhere.parquet")
    assert [event for event in loaded()[0] if event[1] == "4"] == [("shop", "4")]


def test_a_file_that_is_replaced_within_a_second_by_one_of_its_size_has_another_time(tmp_path):
    file, listing = tmp_path / "f.parquet", tmp_path / "listing.parquet"
    file.write_text("1")
    times = []
    for nanoseconds in (1_780_000_000_000_001_000, 1_780_000_000_000_002_000):
        os.utime(file, ns=(nanoseconds, nanoseconds))
        with duckdb.connect() as connection:
            list_folders(connection, [str(tmp_path)], listing)
            times += connection.execute(
                f"select epoch_us(modified_at) from '{listing}' where path = '{file}'"
            ).fetchone()
    assert times == [1_780_000_000_000_001, 1_780_000_000_000_002]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert list(files_below(str(tmp_path / "none"))) == [] and partition_folders(str(tmp_path / "none")) == "[]"


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("export_folder.os.scandir", refuse)
    with pytest.raises(FolderError, match=f"The folder {tmp_path} .* Permission denied. Let the user"):
        list(files_below(str(tmp_path)))


def listed(folder):
    """Return {path below the folder: problem} of what the listing of a folder holds."""
    listing = folder.parent / "listing.parquet"
    with duckdb.connect() as connection:
        list_folders(connection, [str(folder)], listing)
        rows = connection.execute(f"select path, problem from '{listing}'").fetchall()
    return {path.removeprefix(f"{folder}/"): problem for path, problem in rows}


def test_a_name_that_is_no_text_is_named_beside_one_that_looks_like_it(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    for name in (b"caf\xe9.parquet", b"caf\\xe9.parquet"):
        (folder / os.fsdecode(name)).write_text("")
    found = listed(folder)
    assert sorted(found.values(), key=str) == [None, "its name is not UTF-8: rename it"]
    assert {path.rstrip("~") for path in found} == {"caf\\xe9.parquet"}


def test_a_path_that_would_mean_another_file_to_duckdb_is_named(tmp_path):
    folder = tmp_path / "export"
    (folder / "b").mkdir(parents=True)
    for name in ("b\\s[1].parquet", "b/s1.parquet", "c\\s[1].parquet", "s[1].parquet", "s1.parquet"):
        (folder / name).write_text("")
    found = listed(folder)
    assert "rename it" in found.pop("b\\s[1].parquet")
    assert set(found.values()) == {None} and len(found) == 4


PARTITION = "crm_events/projectid=shop/date=2026-03-01"


@pytest.mark.parametrize("place", ["crm_events", "crm_events/projectid=shop", PARTITION])
def test_a_folder_that_is_a_link_to_nothing_counts_as_no_deletion(tmp_path, place):
    root = tmp_path / "export"
    write_rows(root, "crm_events", "shop", "2026-03-01", [SENT])
    (root / place).rename(tmp_path / "mounted")
    (root / place).symlink_to(tmp_path / "mounted")
    assert len(list(files_below(f"{root}/crm_events"))) == 1
    (tmp_path / "mounted").rename(tmp_path / "unmounted")
    with pytest.raises(FolderError, match=f"{place} of the export is a link that leads to nothing"):
        list(files_below(f"{root}/crm_events"))


def test_a_folder_whose_server_does_not_answer_counts_as_no_deletion():
    class Entry:
        name = "projectid=shop"

        def __fspath__(self):
            return self.name

        def stat(self):
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))

    with pytest.raises(FolderError, match="projectid=shop of the export cannot be listed: Transport endpoint"):
        status_of(Entry())


def test_the_folders_of_a_project_are_all_that_stand_for_its_id(tmp_path):
    for name in ("my-shop", "my%2Dshop", "my-shop-2", "%6dy-shop"):
        (tmp_path / "crm_events" / f"projectid={name}").mkdir(parents=True)
    found = {Path(folder).name for folder in folders_of(str(tmp_path), "crm_events", ["my-shop"])}
    assert found == {"projectid=my-shop", "projectid=my%2Dshop", "projectid=%6dy-shop"}
    assert folders_of(str(tmp_path), "customer_events", ["my-shop"]) == [f"{tmp_path}/customer_events"]


def test_what_is_nested_too_deep_is_named_and_not_looked_into(tmp_path):
    write_rows(tmp_path, "crm_events", "shop", "2026-03-01", [SENT])
    deep = tmp_path / PARTITION / "/".join(["deep"] * 300)
    deep.mkdir(parents=True)
    problems = [file.problem for file in files_below(f"{tmp_path}/crm_events")]
    assert sorted(problems, key=str) == [None, "it lies too deep to be looked into"]
