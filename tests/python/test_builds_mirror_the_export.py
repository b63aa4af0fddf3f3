"""A plain build after any sequence of changes to the export gives what a full refresh on its final state gives."""

import re
import tempfile
from functools import cache

import duckdb
import pytest
from conftest import REPOSITORY, MadeOnce, read_goals, write_goals, write_rows
from forked_dbt import ForkedDbt
from mutate_export import ExportMutator
from privileges import obey_permissions

from sample_export import generate

# Surrogates and clock times, which depend on when a file came and say nothing of what it holds.
NOT_COMPARED = {"file_id", "row_key", "message_row_key", "thread_key", "seen_at", "loaded_at"}
# 2 once found a part of the export that had gone and was still counted.
SEEDS = [2, 3, 4]
# A full refresh costs as much as a build: what a step leaves behind wrongly stays wrong for the step after it.
BUILDS, COMPARED_EVERY = 6, 2
# Large models are built range of dates by range: each of a few days.
IN_BATCHES = {"batch_rows": 400}
# Histories with odd names, links, permissions and other writers as well.
HOSTILE_SEEDS = [11, 12]


@cache
def compared_relations():
    """Return the names of what a build leaves behind (list of str): all that is stored, public, or staging.

    What a run touched differs between a build of what changed and one of all.
    """
    with tempfile.TemporaryDirectory() as folder:
        nodes = ForkedDbt(folder).project().nodes.values()
    models = [node for node in nodes if node.resource_type == "model" and node.package_name == "flarelane"]
    return sorted(
        node.alias
        for node in models
        # What one run touched (this_run) is none of it.
        if node.config.materialized in ("table", "partitioned") or node.access == "public" or "/stg_" in node.path
    )


def differences(one, other):
    """Return what differs between two warehouses (list of str): relation, side, first rows."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for relation in compared_relations():
            columns = [row[0] for row in connection.execute(f"describe one.main.{relation}").fetchall()]
            kept = ", ".join(f'"{column}"' for column in columns if column not in NOT_COMPARED)
            # What is gone is remembered in the ledger alone; a full refresh forgets it.
            where = "where state <> 'gone'" if relation == "export_files" else ""
            first, second = (f"from {side}.main.{relation} {where}" for side in ("one", "other"))
            # Rows are compared one by one, which takes five times as long, only where their hashes do not add up.
            total = f"count(*), sum(hash({kept}))" if kept else "count(*)"
            if connection.execute(f"select (select ({total}) {first}) = (select ({total}) {second})").fetchone()[0]:
                continue
            for side, left, right in (("first", first, second), ("second", second, first)):
                rows = connection.execute(
                    f"select {kept or 'count(*)'} {left} except all select {kept or 'count(*)'} {right}"
                ).fetchall()
                if rows:
                    found.append(f"{relation}: {len(rows)} rows only in the {side}, such as {rows[:2]}")
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
        if (number + 1) % COMPARED_EVERY:
            continue
        fresh = tmp_path / f"fresh{number}" / "warehouse.duckdb"
        dbt.build(tmp_path / "export", fresh, full_refresh=True, vars=IN_BATCHES, **options)
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


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Seoul"])
def test_a_change_is_followed_to_the_last_day_that_it_can_reach(tmp_path, zone):
    """Each case is a project of its own; messages have the day before or after the one that they have in UTC."""
    root, dbt, goals = tmp_path / "export", ForkedDbt(tmp_path), tmp_path / "goals.csv"
    options = {"goals": goals, "vars": {"reporting_timezone": zone}}
    goal = {"event_type": "buy", "basis": "clicked"}
    windows = {"click": 1, "shared": 24}
    write_goals(goals, [goal | {"goal": name, "project_id": name, "window_hours": windows[name]} for name in windows])
    numbers = iter(range(1, 100))

    def write(project, type, time, table="crm_events", **row):
        row = {"id": f"01J{next(numbers):023}", "type": type, "campaign_id": type[:3], "deviceid": "d"} | row
        row |= {"time": f"2026-{time}Z", "channel": type.partition(".")[0], "platform": "ios"}
        return write_rows(root, table, project, row["time"][:10], [row], name=f"{row['id']}.parquet")

    def conversions():
        dbt.build(root, tmp_path / "plain" / "warehouse.duckdb", **options)
        fresh = tmp_path / f"fresh{len(list(tmp_path.glob('fresh*')))}" / "warehouse.duckdb"
        dbt.build(root, fresh, full_refresh=True, **options)
        assert differences(tmp_path / "plain" / "warehouse.duckdb", fresh) == []
        with duckdb.connect(str(fresh), read_only=True) as connection:
            counts = "select goal, count(*), max(touches) from fct_conversions group by goal order by goal"
            return connection.execute(counts).fetchall()

    write("west", "push.created", "03-01T01:00:00")
    write("end of the window", "push.created", "03-01T00:00:00")
    write("an orphan for now", "push.clicked", "03-31T00:00:00")
    write("an orphan of tomorrow", "push.clicked", "03-31T23:00:00")
    same_size = {"project": "same size", "type": "push.created", "time": "03-01T00:00:00", "id": f"01J{100:023}"}
    size = write(**same_size, campaign_id="old").stat().st_size
    comes_back = write("comes back", "push.created", "03-01T00:00:00")
    write("comes back", "push.created", "03-02T00:00:00")
    write("click", "push.created", "03-01T00:00:00")
    write("click", "push.clicked", "03-20T10:00:00")
    # Two messages are credited with one event, as soon as one of them gets its user, thirty days later.
    user = {"deviceid": None, "userid": "u"}
    write("shared", "push.created", "02-28T01:00:00", **user)
    write("shared", "push.clicked", "03-30T00:30:00", **user)
    write("shared", "sms.created", "03-31T00:10:00")
    write("shared", "sms.sent", "03-31T00:10:01")
    write("shared", "buy", "03-31T00:15:00", "customer_events", **user)
    # A week in reach of two changes, on either side of it.
    write("weeks", "push.created", "03-03T12:00:00")
    write("weeks", "push.clicked", "03-03T12:00:01")
    assert conversions() == [("shared", 1, 1)]

    write("west", "push.clicked", "03-31T00:59:00")
    write("end of the window", "push.clicked", "03-31T00:00:00")
    write("an orphan for now", "push.created", "03-01T00:00:00")
    write("an orphan of tomorrow", "push.created", "03-01T23:00:00")
    assert write(**same_size, campaign_id="new").stat().st_size == size
    comes_back.rename(tmp_path / "away.parquet")
    write("click", "buy", "03-20T10:30:00", "customer_events")
    write("shared", "sms.delivered", "04-30T00:05:00", userid="u")
    write("weeks", "push.created", "01-30T12:00:00")
    write("weeks", "push.created", "04-08T12:00:00")
    assert conversions() == [("click", 1, 1), ("shared", 2, 2)]

    if zone == "Asia/Seoul":
        return  # What follows has nothing to do with the zone.
    late = write("end of the window", "push.created", "03-01T23:59:59")
    # With its time, as a file that was only moved.
    (tmp_path / "away.parquet").rename(comes_back)
    assert len(conversions()) == 2
    late.unlink()
    assert len(conversions()) == 2


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


def test_a_view_is_created_again_when_it_would_differ_and_not_else(tmp_path):
    root, dbt, warehouse = tmp_path / "export", ForkedDbt(tmp_path), tmp_path / "plain" / "warehouse.duckdb"
    event = {"type": "sms.created", "channel": "sms", "campaign_id": "c", "recipient": "a number"}
    event |= {"id": "01J" + "0" * 23, "time": "2026-03-01T09:00:00Z", "trigger_type": "test"}
    write_rows(root, "crm_events", "shop", "2026-03-01", [event])

    def views_made(**vars):
        """Build, and return the names of the views that were created again."""
        dbt.build(root, warehouse, vars=vars)
        done = re.findall(r"OK created sql stable_view model main\.(\w+) .*\[(.+) in ", dbt.output())
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


@pytest.fixture(scope="module")
def first_build(tmp_path_factory):
    """A small export and the warehouse of a first build."""
    folder = tmp_path_factory.mktemp("small") / "place"
    event = {"type": "sms.created", "channel": "sms", "campaign_id": "c", "userid": "u"}
    for number, date in enumerate(("2026-03-01", "2026-03-02", "2026-03-03")):
        row = event | {"id": f"01J0000000000000000000000{number}", "time": f"{date}T09:00:00Z"}
        write_rows(folder / "export", "crm_events", "shop", date, [row])
    dbt = ForkedDbt(folder)
    dbt.build(folder / "export", folder / "plain" / "warehouse.duckdb")
    assert "fct_messages" in models_made(dbt.output())
    return MadeOnce(folder)


def models_made(output):
    """Return the models that a build made and did not find UNCHANGED (set), from what it printed."""
    made = r"OK created sql (?:partitioned|this_run|stable_view) model main\.(\w+) .*\[(.+) in "
    return {name for name, status in re.findall(made, output) if status != "UNCHANGED"}


@pytest.fixture
def small_build(first_build):
    """Build the small export again, with options of ForkedDbt.start(); return the models that were not UNCHANGED."""
    folder = first_build.put_back()
    root, dbt, warehouse = folder / "export", ForkedDbt(folder), folder / "plain" / "warehouse.duckdb"

    def build(**options):
        dbt.build(root, warehouse, **options)
        return models_made(dbt.output())

    build.root, build.warehouse, build.dbt = root, warehouse, dbt
    return build


def change_macro(name):
    """Return a change of the parsed project: a macro's SQL differs in what it gives, not in what that means."""

    def change(manifest):
        macro = manifest.macros[f"macro.flarelane.{name}"]
        head, _, tail = macro.macro_sql.partition("%}")
        macro.macro_sql = f"{head}%}}/* another text */{tail}"

    return change


def test_nothing_is_rebuilt_when_nothing_changed(small_build):
    assert small_build() == set()


@pytest.mark.parametrize(
    ("changed", "rebuilt", "kept"),
    [
        # Of a macro that a model of the run's scope uses, of one in the first models, and of one in the last.
        ("partitions_changed_for", {"int_event_links", "int_messages", "campaign_funnel"}, {"int_thread_events"}),
        ("duplicate_rows", {"base_flarelane__duplicate_crm_rows", "int_messages"}, {"base_flarelane__crm_rows"}),
        ("median_delays", {"campaign_funnel", "journey_funnel"}, {"int_messages", "channel_funnel_daily"}),
        # Of the engine's form of a macro, which models call through the macro that dispatches to it.
        ("duckdb__last_filled", {"int_event_links", "int_messages", "campaign_funnel"}, {"int_thread_events"}),
    ],
)
def test_a_macro_that_changed_rebuilds_what_uses_it_and_what_lies_downstream(small_build, changed, rebuilt, kept):
    built = small_build(change=change_macro(changed))
    assert rebuilt <= built
    assert not kept & built


def test_a_macro_that_changed_reaches_past_a_view_that_is_left_out(small_build):
    without = ["--exclude", "stg_flarelane__crm_events", "resource_type:test", "resource_type:unit_test"]
    assert "int_thread_events" in small_build(change=change_macro("duckdb__rfc3339_to_utc"), arguments=without)


def test_a_partition_that_went_while_the_code_changed_is_forgotten(small_build):
    (small_build.root / "crm_events/projectid=shop/date=2026-03-03/part-00000.parquet").unlink()
    change = change_macro("duplicate_rows")
    assert "int_messages" in small_build(change=change)
    assert small_build(change=change) == set()


def test_a_keyed_model_that_is_selected_without_its_scope_is_rebuilt_whole(small_build):
    row = {"type": "sms.sent", "channel": "sms", "campaign_id": "c", "userid": "u", "id": "01J" + "9" * 23}
    write_rows(small_build.root, "crm_events", "shop", "2026-03-04", [row | {"time": "2026-03-04T09:00:00Z"}])
    small_build(arguments=["--select", "+int_thread_events"])
    small_build(arguments=["--select", "int_event_links", "int_messages"])
    assert "threads_this_run was not built for these changes" in small_build.dbt.output()
    small_build()
    small_build.dbt.build(small_build.root, small_build.warehouse.with_name("fresh") / "warehouse.duckdb")
    assert differences(small_build.warehouse, small_build.warehouse.with_name("fresh") / "warehouse.duckdb") == []


def test_keys_of_an_earlier_change_that_looks_the_same_are_not_taken(small_build):
    """A file comes, is replaced, and comes back as it was; threads_this_run knows of the first change alone."""
    warehouse, select = small_build.warehouse, ["--select", "+int_messages"]
    without = [*select, "--exclude", "threads_this_run", "resource_type:test", "resource_type:unit_test"]
    row = {"type": "sms.created", "channel": "sms", "campaign_id": "c", "time": "2026-03-04T09:00:00Z"}

    def write(*people):
        rows = [row | {"id": f"01J{person * 23}", "userid": person} for person in people]
        return write_rows(small_build.root, "crm_events", "shop", "2026-03-04", rows)

    first = write("1")
    small_build(arguments=select)
    kept = first.rename(warehouse.with_name("kept.parquet"))
    write("2", "3")
    small_build(arguments=without)
    kept.rename(first)
    small_build(arguments=without)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute("select user_id from int_messages where first_event_date = '2026-03-04'").fetchall()
    assert found == [("1",)]


def test_a_goal_that_is_put_back_leaves_nothing_of_the_other(small_build, tmp_path):
    """A day comes while the seed has another goal and the view of the goals is left out."""
    goals, select = tmp_path / "goals.csv", ["--select", "+goal_conversions_daily"]
    without = [*select, "--exclude", "int_conversion_goals", "resource_type:test", "resource_type:unit_test"]

    def build(event, date, arguments):
        write_goals(goals, [{"goal": "g", "event_type": event, "window_hours": "24", "basis": "sent"}])
        rows = [{"id": f"01J{date[-2:]}{type:0>21}", "type": type, "userid": "u"} for type in ("buy", "look")]
        times = [row | {"time": f"{date}T09:00:00Z"} for row in rows]
        write_rows(small_build.root, "customer_events", "shop", date, times)
        small_build(goals=goals, arguments=arguments)
        with duckdb.connect(str(small_build.warehouse), read_only=True) as connection:
            return connection.execute("select distinct left(event_id, 26) from int_goal_events order by all").fetchall()

    build("buy", "2026-03-01", select)
    build("look", "2026-03-02", without)
    assert all("buy" in event for (event,) in build("buy", "2026-03-03", select))


def test_events_of_any_year_are_in_messages(small_build):
    days = ["0001-01-01", "1582-10-15", "9000-01-02", "9999-12-31"]
    row = {"type": "sms.created", "channel": "sms", "campaign_id": "far", "userid": "u"}
    for number, day in enumerate(days):
        event = row | {"id": f"01J1000000000000000000000{number}", "time": f"{day}T23:59:59Z"}
        write_rows(small_build.root, "crm_events", "shop", day, [event])
    small_build()
    with duckdb.connect(str(small_build.warehouse), read_only=True) as connection:
        messages = connection.execute(
            "select strftime(message_date, '%Y-%m-%d') from fct_messages where campaign_id = 'far' order by message_at"
        )
        assert [day for (day,) in messages.fetchall()] == days


def test_an_edited_goal_rebuilds_conversions_and_nothing_else(original, tmp_path):
    dbt, warehouse, goals = ForkedDbt(tmp_path), tmp_path / "plain" / "warehouse.duckdb", tmp_path / "goals.csv"

    def tables_made(rows):
        """Build with these goals, and return the names of the tables that were created again."""
        write_goals(goals, rows)
        dbt.build(original, warehouse, goals=goals)
        done = re.findall(r"OK created sql partitioned model main\.(\w+) .*\[(.+) in ", dbt.output())
        assert len(done) > 10
        return {name for name, status in done if status != "UNCHANGED"}

    shipped = read_goals()
    assert "fct_messages" not in tables_made(shipped)
    assert tables_made(shipped) == set()
    edited = [shipped[0] | {"window_hours": 1}, *shipped[1:]]
    assert tables_made(edited) == {
        "int_goal_events",
        "int_conversions",
        "campaign_conversions",
        "int_campaign_daily_conversions",
        "journey_conversions",
        "journey_step_conversions",
        "goal_conversions_daily",
    }
    dbt.build(original, tmp_path / "fresh" / "warehouse.duckdb", full_refresh=True, goals=goals)
    assert differences(warehouse, tmp_path / "fresh" / "warehouse.duckdb") == []


def test_a_message_that_comes_or_changes_late_is_credited_with_events_of_other_days(small_build, tmp_path):
    root, goals = small_build.root, tmp_path / "goals.csv"
    write_goals(goals, [{"goal": "buy", "event_type": "buy", "window_hours": "72", "basis": "sent"}])

    def write(number, time, **row):
        table = "customer_events" if row["type"] == "buy" else "crm_events"
        row |= {"id": f"01J200000000000000000000{number:02}", "time": f"2026-03-{time}Z"}
        row |= {} if row["type"] == "buy" else {"channel": "push", "campaign_id": "late", "platform": "ios"}
        write_rows(root, table, "shop", row["time"][:10], [row], name=f"late-{number}.parquet")

    def credited():
        small_build(goals=goals)
        fresh = small_build.warehouse.with_name("fresh") / "warehouse.duckdb"
        small_build.dbt.build(root, fresh, goals=goals, full_refresh=True)
        assert differences(small_build.warehouse, fresh) == []
        with duckdb.connect(str(fresh), read_only=True) as connection:
            events = "select day(converted_at), touches from fct_conversions where campaign_id = 'late' order by all"
            return connection.execute(events).fetchall()

    write(1, "03T09:00:00", type="buy", userid="u")
    write(2, "04T09:00:00", type="buy", userid="v")
    write(3, "02T08:00:00", type="push.created", deviceid="d")
    write(4, "02T08:00:01", type="push.sent", deviceid="d")
    assert credited() == []
    # A file of the day before the event, and then a message before it.
    write(5, "01T09:00:00", type="push.created", userid="u")
    write(6, "01T09:00:01", type="push.sent", userid="u")
    assert credited() == [(3, 1)]
    # The message of the second gets its user from a click, weeks after the event that it is credited with.
    write(7, "30T08:00:00", type="push.clicked", deviceid="d", userid="v")
    assert credited() == [(3, 1), (4, 1)]
    (root / "crm_events/projectid=shop/date=2026-03-01/late-6.parquet").unlink()
    assert credited() == [(4, 1)]


@pytest.mark.parametrize("files_after", [0, 1])
def test_conversions_that_a_run_left_out_are_made_up_for(small_build, tmp_path, files_after):
    """A message came while conversions were left out; nothing follows, or one more file."""
    goals = tmp_path / "goals.csv"
    write_goals(goals, [{"goal": "buy", "event_type": "buy", "window_hours": "72", "basis": "sent"}])
    numbers = iter(range(100, 200))

    def write(table, date, **row):
        row |= {"id": f"01J{next(numbers):023}", "time": f"{date}T09:00:00Z"}
        write_rows(small_build.root, table, "shop", date, [row], name=f"{row['id']}.parquet")

    def write_message(date, person):
        for event in ("created", "sent"):
            write("crm_events", date, type=f"sms.{event}", channel="sms", campaign_id="late", userid=person)

    for person in ("v", "w"):
        write("customer_events", "2026-03-03", type="buy", userid=person)
    small_build(goals=goals)
    write_message("2026-03-02", "v")
    small_build(goals=goals, arguments=["--exclude", "goal_events_this_run+"])
    for _ in range(files_after):
        write_message("2026-03-02", "w")
    small_build(goals=goals)
    is_whole = "goal_events_this_run was not built for these changes" in small_build.dbt.output()
    assert is_whole == bool(files_after)
    fresh = small_build.warehouse.with_name("fresh") / "warehouse.duckdb"
    small_build.dbt.build(small_build.root, fresh, goals=goals, full_refresh=True)
    assert differences(small_build.warehouse, fresh) == []
    with duckdb.connect(str(fresh), read_only=True) as connection:
        assert connection.execute("select count(*) from fct_conversions").fetchone() == (1 + files_after,)
