"""The analyses compile, run on the sample's warehouse, and answer what they say."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from environments import dbt_environment

REPOSITORY = Path(__file__).parents[2]
ANALYSES = sorted(path.stem for path in (REPOSITORY / "analyses").glob("*.sql"))


@pytest.fixture(scope="module")
def compiled(sample_build, tmp_path_factory):
    """Compile every analysis with one call of dbt; returns the SQL by name (dict)."""
    target = tmp_path_factory.mktemp("analyses")
    environment = dbt_environment(target, sample_build.export_root, FLARELANE_WAREHOUSE=sample_build.warehouse)
    dbt = str(Path(sys.executable).with_name("dbt"))
    run = subprocess.run(
        [dbt, "--no-use-colors", "compile", "--select", "resource_type:analysis"],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    compiled = Path(environment["DBT_TARGET_PATH"]) / "compiled" / "flarelane" / "analyses"
    return {name: (compiled / f"{name}.sql").read_text("utf-8") for name in ANALYSES}


@pytest.fixture(scope="module")
def answers(sample_build, compiled):
    """A function that runs an analysis on the sample's warehouse: name -> list of dict."""
    return lambda name: sample_build.rows(compiled[name])


@pytest.mark.parametrize("name", ANALYSES)
def test_analysis_opens_with_its_question_and_runs(name, answers):
    question = (REPOSITORY / "analyses" / f"{name}.sql").read_text().splitlines()[0]
    assert question.startswith("-- ") and question.endswith("?")
    answers(name)


# `dbt show` prints six columns, and cuts headings of more than twenty characters.
SHOWN = {
    "campaigns_whose_delivery_rate_fell": ["campaign_name", "change"],
    "journey_drop_off_by_step": ["journey_name", "step_number", "share_of_journey", "share_of_previous"],
    "night_time_advertising": ["campaign_name", "night_messages"],
    "time_to_delivery": ["channel", "median_to_send", "median_to_delivery"],
    "top_abort_reasons": ["abort_reason", "aborted_messages", "worst_campaign"],
}


@pytest.mark.parametrize("name", ANALYSES)
def test_dbt_show_prints_the_answer(name, sample_build, compiled):
    with duckdb.connect(str(sample_build.warehouse), read_only=True) as connection:
        columns = connection.sql(compiled[name]).columns[:6]
    assert set(SHOWN[name]) < set(columns)
    assert [column for column in columns if len(column) > 20] == []


def test_night_time_advertising_counts_by_the_clock_in_seoul(sample_build, answers):
    expected = sample_build.rows("""
        select campaign_id, count(*) as night_messages
        from fct_messages
        where channel in ('sms', 'kakaobrandmessage') and is_advertisement and not is_test
            -- Minutes of the day in Seoul, nine hours ahead of UTC all year.
            and (hour(sent_at) * 60 + minute(sent_at) + 540) % 1440
            not between 480 and case channel when 'sms' then 1259 else 1249 end
        group by campaign_id
    """)
    found = {row["campaign_id"]: row["night_messages"] for row in answers("night_time_advertising")}
    assert found == {row["campaign_id"]: row["night_messages"] for row in expected}


def test_abort_reasons_account_for_every_aborted_message(sample_build, answers):
    [expected] = sample_build.rows("select sum(aborted_messages) as messages from campaign_funnel")
    assert sum(row["aborted_messages"] for row in answers("top_abort_reasons")) == expected["messages"] > 0


def test_only_push_lacks_a_time_to_delivery(answers):
    without = {row["channel"] for row in answers("time_to_delivery") if row["median_to_delivery"] is None}
    assert without == {"push"}


def test_no_step_has_more_runs_than_its_journey(answers):
    rows = answers("journey_drop_off_by_step")
    assert rows and all(0 < row["share_of_journey"] <= 1 for row in rows)


def test_a_fall_of_the_delivery_rate_is_found(sample_build, compiled):
    """Made-up days, since the sample's campaigns are steady. Weeks end at each project's newest message date."""
    days = """
        insert into campaign_funnel_daily values
        -- 95 % the week before, 90 % this week, the first and the last day of a week counted in.
        ('shop', 'fell', 'Fell', 'sms', '2026-03-01', 100, 95, 100),
        ('shop', 'fell', 'Fell', 'sms', '2026-03-07', 100, 95, 100),
        ('shop', 'fell', 'Fell', 'sms', '2026-03-08', 100, 90, 100),
        ('shop', 'fell', 'Fell', 'sms', '2026-03-14', 100, 90, 100),
        -- It fell the week before: old news.
        ('shop', 'fell', 'Fell', 'sms', '2026-02-28', 900, 900, 900),
        ('shop', 'rose', 'Rose', 'sms', '2026-03-07', 100, 90, 100),
        ('shop', 'rose', 'Rose', 'sms', '2026-03-14', 100, 95, 100),
        ('shop', 'few', 'Few', 'sms', '2026-03-07', 100, 90, 100),
        ('shop', 'few', 'Few', 'sms', '2026-03-14', 99, 10, 99),
        ('shop', 'push', 'Push', 'push', '2026-03-07', 100, null, 100),
        ('shop', 'push', 'Push', 'push', '2026-03-14', 100, null, 100),
        ('shop', 'shown', 'Shown', 'iam', '2026-03-07', 200, 150, null),
        ('shop', 'shown', 'Shown', 'iam', '2026-03-14', 200, 50, null),
        -- Another project is older: its own week counts.
        ('old', 'fell', 'Fell', 'sms', '2026-01-07', 100, 90, 100),
        ('old', 'fell', 'Fell', 'sms', '2026-01-14', 100, 80, 100)
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach ':memory:' as {sample_build.warehouse.stem}; use {sample_build.warehouse.stem}")
        connection.execute(
            "create table campaign_funnel_daily (project_id text, campaign_id text, campaign_name text, channel text,"
            " message_date date, created_messages bigint, delivered_messages bigint, sent_messages bigint)"
        )
        connection.execute(days)
        rows = connection.sql(compiled["campaigns_whose_delivery_rate_fell"]).select("project_id, campaign_id, change")
        changes = {(project, campaign): round(change, 3) for project, campaign, change in rows.fetchall()}
    assert changes == {("shop", "shown"): -0.5, ("old", "fell"): -0.1, ("shop", "fell"): -0.05}
