"""`python -m report` prints what the warehouse holds, and says what to do where there is none."""

import os
import subprocess
import sys

import duckdb
import pytest
from conftest import REPOSITORY

from codegen.facts import read_facts


def report(warehouse=None, *arguments):
    """Run python -m report on a warehouse, as a process of its own (subprocess.CompletedProcess)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLARELANE_")}
    if warehouse:
        environment["FLARELANE_WAREHOUSE"] = str(warehouse)
    return subprocess.run(
        [sys.executable, "-m", "report", *map(str, arguments)],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


@pytest.fixture(scope="module")
def printed(sample_build):
    """The lines that the report prints of the sample's warehouse, runs of spaces made one (list of str)."""
    run = report(sample_build.warehouse)
    assert run.returncode == 0, run.stderr
    return [" ".join(line.split()) for line in run.stdout.splitlines()]


def test_the_report_opens_with_the_totals(sample_build, printed):
    [totals] = sample_build.rows(
        "select sum(event_rows)::int as events, sum(source_rows)::int as rows, sum(duplicate_rows)::int as duplicates,"
        " sum(rejected_rows)::int as rejected from export_reconciliation"
    )
    [files] = sample_build.rows("select count(*) as n from export_files where state = 'loaded'")
    text = " ".join(printed)
    assert (
        f"{totals['events']:,} events of 2 projects, 2026-09-01 to 2026-10-10, from {totals['rows']:,} source" in text
    )
    assert f"({totals['duplicates']:,} duplicates, {totals['rejected']:,} rejected)" in text
    assert f"{files['n']} loaded" in text


def test_channels_reasons_and_rules_are_listed_with_their_numbers(sample_build, printed):
    """The three tables stand side by side, so a row of one is a part of a line."""
    expected = [
        f"{row['name']} {row['n']:,}"
        for query in (
            "select channel as name, count(*) as n from stg_flarelane__crm_events group by 1",
            "select rejection_reason as name, count(*) as n from stg_flarelane__rejected_crm_events group by 1",
        )
        for row in sample_build.rows(query)
    ]
    assert len(expected) == 6 + 8
    rules = sample_build.rows("""
        select
            rule,
            count(distinct (channel, column_name)) filter (where violations > 0) as broken,
            count(distinct (channel, column_name)) as rules,
            sum(violations)::int as events
        from column_rule_results group by rule
    """)
    assert sum(row["rules"] for row in rules) == len(read_facts(REPOSITORY / "seeds").column_rules())
    expected += [f"{row['rule']} {row['broken']} {row['rules']} {row['events']:,}" for row in rules]
    assert [text for text in expected if not any(text in line for line in printed)] == []


def test_the_funnel_shows_the_largest_campaigns_of_each_channel(sample_build, printed):
    start = next(number for number, line in enumerate(printed) if line.startswith("Campaign funnel"))
    assert printed[start + 1] == "channel project campaign created sent reached opened clicked"
    funnel = printed[start + 2 :]
    largest = sample_build.rows(
        "select * from campaign_funnel"
        " qualify row_number() over (partition by channel order by messages desc, campaign_id) = 1"
    )
    assert len(largest) == 6
    for row in largest:
        [line] = [line for line in funnel if line.startswith(f"{row['channel']} ")]
        assert row["campaign_name"][:29] in line
        for count in ("created", "sent", "reached", "clicked"):
            number = row[f"{count}_messages"]
            assert number is None or f" {number:,}" in line
        # A channel that cannot report a stage shows a dash for it, and the email channel reports them all.
        unreported = [row[f"{stage}_messages"] for stage in ("sent", "opened", "clicked")].count(None)
        assert line.split().count("–") == unreported
        if row["click_rate"] is not None:
            assert f"{row['click_rate']:.1%}" in line


def test_a_warehouse_named_on_the_command_line_goes_before_the_environment(sample_build, tmp_path):
    assert report(tmp_path / "none.duckdb", sample_build.warehouse).returncode == 0


def test_no_warehouse_is_said_in_one_sentence(tmp_path):
    run = report(tmp_path / "none.duckdb")
    assert run.returncode == 1
    assert run.stderr.strip() == (
        f"No warehouse at {tmp_path / 'none.duckdb'}: run `dbt build` first, or set FLARELANE_WAREHOUSE."
    )


def test_an_unfinished_warehouse_is_named(tmp_path):
    path = tmp_path / "unfinished.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table seeds_only (id int)")
    run = report(path)
    assert run.returncode == 1
    assert run.stderr.startswith(f"{path} lacks a model: ") and "Traceback" not in run.stderr
