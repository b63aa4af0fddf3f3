"""What `mf query` answers is what the funnels say, whichever way it is grouped."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY
from environments import clean_environment

from codegen.facts import read_facts

FACTS = read_facts(REPOSITORY / "seeds")
RATES = {rate["rate"]: rate for rate in FACTS.rates()}
COUNTS = [
    "messages",
    *(f"{stage}_messages" for stage in dict.fromkeys(row["event_stage"] for row in FACTS.event_types)),
    "reached_messages",
    "open_events",
    "click_events",
]
RECIPIENTS = ["reached_recipients", "clicked_recipients"]
FIRST_DATE, LAST_DATE = "2026-09-10", "2026-09-20"


@pytest.fixture(scope="module")
def metricflow(sample_build, tmp_path_factory):
    """A function that runs `mf` on the warehouse of sample_build and returns what it printed (str)."""
    # mf looks for dbt's artifacts in target/ of the project and nowhere else: here the project has that of the build.
    project = tmp_path_factory.mktemp("project")
    for name in ("dbt_project.yml", "profiles.yml", "plugins"):
        (project / name).symlink_to(REPOSITORY / name)
    (project / "target").symlink_to(sample_build.warehouse.parent / "target")

    def run(*arguments):
        # mf asks the package index whether it is the newest version; nothing answers here.
        environment = clean_environment(FLARELANE_WAREHOUSE=sample_build.warehouse, HTTPS_PROXY="http://127.0.0.1:9")
        command = [str(Path(sys.executable).with_name("mf")), *map(str, arguments)]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def query(metricflow, tmp_path_factory):
    """A function that asks for metrics and returns {values of the groups: {metric: value or None}}."""

    def ask(metrics, groups, *arguments):
        answer = tmp_path_factory.mktemp("answer") / "answer.csv"
        metricflow("query", "--metrics", ",".join(metrics), "--group-by", ",".join(groups), *arguments, "--csv", answer)
        with answer.open(newline="") as file:
            rows = list(csv.DictReader(file))
        return {
            tuple(row[group] for group in groups): {
                metric: float(row[metric]) if row[metric] else None for metric in metrics
            }
            for row in rows
        }

    return ask


def expected(build, select, columns, groups):
    """The rows of a query on the warehouse, as `query` returns them."""
    return {
        tuple(row[group] or "" for group in groups): {column: approximately(row[column]) for column in columns}
        for row in build.rows(select)
    }


def approximately(value):
    return None if value is None else pytest.approx(float(value))


def test_the_semantic_models_fit_the_warehouse(metricflow):
    printed = metricflow("validate-configs")

    assert "metrics against data warehouse (ERRORS: 0, FUTURE_ERRORS: 0, WARNINGS: 0)" in printed


def test_by_campaign_metrics_are_the_campaign_funnel(sample_build, query):
    metrics = [*COUNTS, *RECIPIENTS, *RATES]
    answer = query(metrics, ["project", "campaign__campaign_id", "campaign__campaign_name", "channel"])

    groups = ["project_id", "campaign_id", "campaign_name", "channel"]
    funnel = expected(sample_build, "select * from campaign_funnel", metrics, groups)
    assert len(funnel) > 20
    assert answer == funnel


def test_by_day_and_channel_metrics_are_the_daily_funnel_of_channels(sample_build, query):
    metrics = [*COUNTS, *RECIPIENTS, *RATES]
    dates = ["--start-time", FIRST_DATE, "--end-time", LAST_DATE]
    answer = query(metrics, ["project", "channel", "metric_time__day"], *dates)

    select = f"""
        select *, strftime(message_date, '%Y-%m-%d 00:00:00') as day
        from channel_funnel_daily where message_date between '{FIRST_DATE}' and '{LAST_DATE}'
    """
    funnel = expected(sample_build, select, metrics, ["project_id", "channel", "day"])
    assert len(funnel) > 20
    assert answer == funnel


def test_a_rate_over_channels_leaves_out_those_that_cannot_report_it(sample_build, query):
    """SMS reports no clicks: its messages in the base would make every click rate look worse."""
    rates = ["delivery_rate", "click_rate", "click_to_open_rate"]
    where = "{{ TimeDimension('metric_time', 'day') }} between " + f"'{FIRST_DATE}' and '{LAST_DATE}'"
    answer = query(rates, ["project"], "--where", where)

    select = f"""
        select
            project_id,
            sum(delivered_messages)
                / sum(case channel when 'iam' then created_messages when 'push' then null else sent_messages end)
                as delivery_rate,
            sum(clicked_messages) / sum(reached_messages) filter (where channel in ('push', 'email', 'iam'))
                as click_rate,
            sum(clicked_messages) filter (where channel = 'email') / sum(opened_messages) as click_to_open_rate
        from channel_funnel_daily where message_date between '{FIRST_DATE}' and '{LAST_DATE}'
        group by project_id
    """
    assert answer == expected(sample_build, select, rates, ["project_id"])


SHARED_CREDIT = [
    f"{touch}_{what}" for what in ("conversions", "revenue") for touch in ("first_touch", "last_touch", "linear")
]
CONVERTED = ["basis_messages", "basis_recipients", "converted_recipients", "conversion_rate"]


def test_by_goal_and_campaign_conversions_are_those_of_the_mart(sample_build, query):
    metrics = [*CONVERTED, "conversions", "revenue", *SHARED_CREDIT]
    groups = ["goal", "project", "campaign__campaign_id", "campaign__campaign_name", "channel", "goal__currency"]
    answer = query(metrics, groups)

    groups = ["goal", "project_id", "campaign_id", "campaign_name", "channel", "currency"]
    mart = expected(sample_build, "select * from campaign_conversions", metrics, groups)
    assert len(mart) > 20
    assert answer == mart


def test_by_day_people_and_shared_credit_are_those_of_the_daily_mart(sample_build, query):
    metrics = [*CONVERTED, *SHARED_CREDIT]
    dates = ["--start-time", FIRST_DATE, "--end-time", LAST_DATE]
    answer = query(metrics, ["goal", "project", "campaign__campaign_id", "channel", "metric_time__day"], *dates)

    select = f"""
        select *, strftime(message_date, '%Y-%m-%d 00:00:00') as day
        from campaign_conversions_daily where message_date between '{FIRST_DATE}' and '{LAST_DATE}'
    """
    mart = expected(sample_build, select, metrics, ["goal", "project_id", "campaign_id", "channel", "day"])
    assert len(mart) > 20
    assert answer == mart


def test_over_campaigns_people_count_once_and_shared_credit_adds_up(sample_build, query):
    """Adding up the people of campaigns would count whoever is in two of them twice, and full credit an event."""
    metrics = ["basis_recipients", "converted_recipients", "conversion_rate", *SHARED_CREDIT]
    answer = query(metrics, ["goal", "project"])

    select = """
        with basis as (
            select goals.goal, messages.project_id, messages.person_key
            from fct_messages as messages
            inner join conversion_goals as goals on coalesce(goals.project_id, '') in ('', messages.project_id)
            where not messages.is_test and case
                when messages.channel = 'iam' then messages.clicked_at
                when messages.channel in ('push', 'email') and goals.basis = 'clicked' then messages.clicked_at
                else messages.sent_at
            end is not null
        ),
        people as (
            select goal, project_id, count(distinct person_key) as basis_recipients from basis group by all
        ),
        converted as (
            select goal, project_id, count(distinct person_key) as converted_recipients
            from fct_conversions group by all
        ),
        events as (
            select goal, project_id, sum(credited_events) as credited_events, sum(credited_revenue) as credited_revenue
            from goal_conversions_daily group by all
        )
        select
            *, converted_recipients / basis_recipients as conversion_rate,
            credited_events as first_touch_conversions, credited_events as last_touch_conversions,
            credited_events as linear_conversions, credited_revenue as first_touch_revenue,
            credited_revenue as last_touch_revenue, credited_revenue as linear_revenue
        from people join converted using (goal, project_id) join events using (goal, project_id)
    """
    numbers = expected(sample_build, select, metrics, ["goal", "project_id"])
    assert len(numbers) > 5
    assert answer == numbers
