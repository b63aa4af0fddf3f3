"""A plain build after any sequence of changes to the export gives what a full refresh on its final state gives."""

import re

import duckdb
import pytest
from conftest import REPOSITORY, write_rows
from forked_dbt import ForkedDbt
from mutate_export import ExportMutator
from privileges import obey_permissions

from sample_export import generate

# Surrogates and clock times, which depend on when a file came and say nothing of what it holds.
NOT_COMPARED = {"file_id", "row_key", "message_row_key", "thread_key", "seen_at", "loaded_at"}
COMPARED = [
    "stg_flarelane__crm_events",
    "stg_flarelane__customer_events",
    "stg_flarelane__rejected_crm_events",
    "export_files",
    "export_reconciliation",
    "customer_event_reconciliation",
    "column_rule_results",
    "int_daily_names",
    "int_daily_newest_events",
    "fct_messages",
    "dim_campaigns",
    "dim_journeys",
    "campaign_failures",
    "campaign_failures_daily",
    "campaign_funnel",
    "campaign_funnel_daily",
    "journey_funnel",
    "journey_step_funnel",
    "journey_step_funnel_daily",
    "channel_funnel_daily",
]

# 2 once found a part of the export that had gone and was still counted.
SEEDS = [2, 3, 4]
BUILDS = 5
# Histories with odd names, links, permissions and other writers as well.
HOSTILE_SEEDS = [11, 12]


def differences(one, other):
    """Return what differs between two warehouses (list of str): relation, side, first rows."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for relation in COMPARED:
            columns = [row[0] for row in connection.execute(f"describe one.main.{relation}").fetchall()]
            kept = ", ".join(f'"{column}"' for column in columns if column not in NOT_COMPARED)
            # What is gone is remembered in the ledger alone; a full refresh forgets it.
            where = "where state <> 'gone'" if relation == "export_files" else ""
            for side, first, second in (("only in the first", "one", "other"), ("only in the second", "other", "one")):
                rows = connection.execute(
                    f"select {kept} from {first}.main.{relation} {where} "
                    f"except all select {kept} from {second}.main.{relation} {where}"
                ).fetchall()
                if rows:
                    found.append(f"{relation}: {len(rows)} rows {side}, such as {rows[:2]}")
    return found


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A dirty export of 40 days with repeated ids, late files and several files a partition."""
    root = tmp_path_factory.mktemp("original") / "export"
    generate(root, seed=7, projects=2, days=40, messages_per_day=12, dirt=0.15)
    return root


@pytest.mark.parametrize("seed", SEEDS + HOSTILE_SEEDS)
def test_after_any_changes_a_build_gives_what_a_full_refresh_gives(original, tmp_path, seed):
    hostile = seed in HOSTILE_SEEDS
    mutator = ExportMutator(original, tmp_path / "export", seed, hostile)
    dbt, options = ForkedDbt(tmp_path), {"before": obey_permissions} if hostile else {}
    played = []
    dbt.build(tmp_path / "export", tmp_path / "plain" / "warehouse.duckdb", **options)
    for number in range(BUILDS):
        played.append(mutator.step())
        dbt.build(tmp_path / "export", tmp_path / "plain" / "warehouse.duckdb", **options)
        fresh = tmp_path / f"fresh{number}" / "warehouse.duckdb"
        dbt.build(tmp_path / "export", fresh, full_refresh=True, **options)
        assert differences(tmp_path / "plain" / "warehouse.duckdb", fresh) == [], f"seed {seed} after {played}"


def test_a_duplicate_becomes_the_event_when_its_event_goes_and_a_duplicate_again_when_it_comes(tmp_path):
    """The two stand on different dates, and just the date of the event changes."""
    root, dbt = tmp_path / "export", ForkedDbt(tmp_path)
    sent = {"id": "01J00000000000000000000001", "type": "sms.sent", "channel": "sms", "campaign_id": "c", "userid": "u"}

    def write(date, *times):
        rows = [sent | {"time": f"{date}T{time}Z"} for time in times]
        return write_rows(root, "crm_events", "shop", date, rows)

    def duplicates():
        dbt.build(root, tmp_path / "plain" / "warehouse.duckdb")
        fresh = tmp_path / f"fresh{len(list(tmp_path.glob('fresh*')))}" / "warehouse.duckdb"
        dbt.build(root, fresh, full_refresh=True)
        assert differences(tmp_path / "plain" / "warehouse.duckdb", fresh) == []
        with duckdb.connect(str(fresh), read_only=True) as connection:
            return connection.execute(
                "select cast(event_date as varchar), duplicate_rows from export_reconciliation order by all"
            ).fetchall()

    event = write("2026-03-01", "09:00:00")
    write("2026-03-05", "09:00:00", "10:00:00")
    assert duplicates() == [("2026-03-01", 0), ("2026-03-05", 2)]
    event.unlink()
    assert duplicates() == [("2026-03-05", 1)]
    write("2026-03-01", "08:00:00")
    assert duplicates() == [("2026-03-01", 0), ("2026-03-05", 2)]


def test_what_a_selection_left_behind_is_made_up_for(tmp_path):
    """A model that was selected without what it reads is built again once that is up to date."""
    root, dbt, warehouse = tmp_path / "export", ForkedDbt(tmp_path), tmp_path / "plain" / "warehouse.duckdb"
    event = {"type": "sms.created", "channel": "sms", "campaign_id": "c", "journey_id": "j", "userid": "u"}

    def write(date, number, name):
        row = event | {"id": f"01J0000000000000000000000{number}", "time": f"{date}T09:00:00Z", "campaign_name": name}
        write_rows(root, "crm_events", "shop", date, [row | {"journey_name": name}])

    write("2026-03-01", 1, "Spring")
    dbt.build(root, warehouse)
    write("2026-03-02", 2, "Spring sale")
    left_behind = {"int_daily_names", "int_campaign_daily_counts", "int_journey_step_daily_counts"}
    models = {path.stem for path in (REPOSITORY / "models").rglob("*.sql")} - left_behind
    dbt.build(root, warehouse, arguments=["--select", *sorted(models)])
    dbt.build(root, warehouse)
    dbt.build(root, tmp_path / "fresh" / "warehouse.duckdb", full_refresh=True)
    assert differences(warehouse, tmp_path / "fresh" / "warehouse.duckdb") == []


def test_a_view_is_made_anew_when_it_would_differ_and_not_else(tmp_path):
    root, dbt, warehouse = tmp_path / "export", ForkedDbt(tmp_path), tmp_path / "plain" / "warehouse.duckdb"
    event = {"type": "sms.created", "channel": "sms", "campaign_id": "c", "recipient": "a number"}
    event |= {"id": "01J" + "0" * 23, "time": "2026-03-01T09:00:00Z", "trigger_type": "test"}
    write_rows(root, "crm_events", "shop", "2026-03-01", [event])

    def views_made(**vars):
        """Build, and return the names of the views that were made anew."""
        dbt.build(root, warehouse, vars=vars)
        done = re.findall(r"OK created sql view model main\.(\w+) .*\[(.+) in ", dbt.output())
        assert len(done) > 10
        return {name for name, status in done if status != "UNCHANGED"}

    def ask(query):
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()

    assert "fct_messages" in views_made()
    assert views_made() == set()
    assert ask("select count(*) from int_funnel_messages") == [(0,)]
    assert "int_funnel_messages" in views_made(include_test_messages=True)
    assert ask("select count(*) from int_funnel_messages") == [(1,)]
    # The table behind it gets a column.
    assert "stg_flarelane__crm_events" in views_made(expose_recipients=True)
    assert ask("select recipient from stg_flarelane__crm_events") == [("a number",)]
    views_made()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop view fct_messages")
        connection.execute("create table fct_messages as select 1 as message_id")
        connection.execute("drop view campaign_failures")
    assert views_made() == {"fct_messages", "campaign_failures"}
    dbt.build(root, tmp_path / "fresh" / "warehouse.duckdb", full_refresh=True)
    assert differences(warehouse, tmp_path / "fresh" / "warehouse.duckdb") == []
