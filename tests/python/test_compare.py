"""`python -m compare` names every row, column and number that differs between two warehouses, and nothing else."""

import subprocess

import duckdb
import pytest
from conftest import REPOSITORY
from rich.console import Console

from compare.__main__ import compare_with_revision, main
from compare.revisions import ChangedNode, CompareError, mart_keys
from compare.tables import markdown, nodes_table, sentences, tables, timing_table
from compare.warehouses import ColumnDifference, compare_funnels, compare_warehouses
from report.results import Result, Run

BEFORE = """
    create table campaign_funnel as
    from (values
        ('p', 'a', 'sms', 10, 0.5::double, 'x'), ('p', 'b', 'sms', 20, 0.25, 'y'), (null, 'c', 'sms', 30, null, 'z'))
        as rows (project_id, campaign_id, channel, messages, click_rate, name)
"""


def warehouse(path, sql):
    """Write a warehouse by hand and return its path."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    return path


@pytest.fixture
def compared(tmp_path):
    """Compare BEFORE with what some SQL makes of it; return the difference of campaign_funnel."""

    def compare(sql, key=("project_id", "campaign_id", "channel")):
        before = warehouse(tmp_path / "before.duckdb", BEFORE)
        after = warehouse(tmp_path / "after.duckdb", BEFORE + ";" + sql)
        [mart] = compare_warehouses(before, after, {"campaign_funnel": key and list(key)})
        return mart

    return compare


def test_equal_warehouses_do_not_differ(compared):
    mart = compared("update campaign_funnel set click_rate = click_rate * (1 + 1e-14)")
    assert mart.is_same
    assert (mart.rows_before, mart.rows_after) == (3, 3)


def test_rows_are_told_apart_by_key_also_where_it_is_null(compared):
    mart = compared("""
        delete from campaign_funnel where campaign_id = 'a';
        insert into campaign_funnel values ('p', 'd', 'sms', 10, 0.5, 'x'), (null, 'e', 'sms', 1, null, null);
        update campaign_funnel set name = 'changed' where project_id is null and campaign_id = 'c';
    """)
    assert (mart.rows_before, mart.rows_after, mart.added, mart.removed, mart.changed) == (3, 4, 2, 1, 1)
    # The sum moves by the rows alone: no row that is in both has another number.
    assert mart.columns == [
        ColumnDifference("messages", "values", 0, "sum", 60, 61),
        ColumnDifference("name", "values", 1),
    ]


def test_a_column_that_differs_comes_with_its_sums_or_means(compared):
    mart = compared("update campaign_funnel set messages = 25, click_rate = null where campaign_id = 'b'")
    assert mart.changed == 1
    assert mart.columns == [
        ColumnDifference("messages", "values", 1, "sum", 60, 65),
        ColumnDifference("click_rate", "values", 1, "mean", 0.375, 0.5),
    ]


def test_columns_that_come_go_or_change_type_are_named(compared):
    mart = compared("""
        alter table campaign_funnel add column opened integer default 2;
        alter table campaign_funnel drop column name;
        alter table campaign_funnel alter messages type bigint;
    """)
    assert (mart.added, mart.removed, mart.changed) == (0, 0, 0)
    assert [(column.name, column.kind) for column in mart.columns] == [
        ("messages", "type"),
        ("name", "gone"),
        ("opened", "new"),
    ]


@pytest.mark.parametrize("key", [None, ("project_id",), ("project_id", "no_such_column")])
def test_without_a_unique_key_whole_rows_are_compared(compared, key):
    mart = compared("update campaign_funnel set messages = 25 where campaign_id = 'b'", key)
    assert (mart.added, mart.removed, mart.changed) == (1, 1, None)


def test_a_mart_that_comes_or_goes_is_all_added_or_removed(tmp_path):
    before = warehouse(tmp_path / "before.duckdb", BEFORE)
    after = warehouse(tmp_path / "after.duckdb", "create view new_mart as select 1 as n")
    gone, new = compare_warehouses(before, after, {"campaign_funnel": None, "new_mart": None})
    assert (gone.rows_before, gone.rows_after, gone.added, gone.removed) == (3, None, 0, 3)
    assert (new.rows_before, new.rows_after, new.added, new.removed) == (None, 1, 1, 0)


def test_every_mart_of_the_project_has_a_key():
    keys = mart_keys(REPOSITORY)
    assert len(keys) >= 9
    assert [mart for mart, key in keys.items() if not key] == []


FUNNEL = """
    create table channel_funnel_daily as
    from (values ('sms', 10, 8, 6, null::integer), ('sms', 10, 8, 6, null), ('push', 5, 4, 4, 1))
        as rows (channel, created_messages, sent_messages, reached_messages, clicked_messages);
    create table funnel_rates as
    from (values ('sent_rate', 'sent', 'created', null::varchar), ('click_rate', 'clicked', 'reached', null))
        as rows (rate, numerator, base, base_without_sent)
"""


def test_the_funnel_adds_up_days_and_takes_each_side_s_own_rates(tmp_path):
    before = warehouse(tmp_path / "before.duckdb", FUNNEL)
    after = warehouse(
        tmp_path / "after.duckdb", FUNNEL + "; update funnel_rates set base = 'created|sent' where rate = 'click_rate'"
    )
    before, after = compare_funnels(before, after)
    assert before["sms"] == {
        "created": 20, "sent": 16, "reached": 12, "clicked": None, "sent_rate": 0.8, "click_rate": None
    }  # fmt: skip
    assert (before["push"]["click_rate"], after["push"]["click_rate"]) == (1 / 4, 1 / 9)
    assert before["sms"] == after["sms"]


def test_a_rate_without_sent_has_the_other_base(tmp_path):
    sql = (
        FUNNEL
        + """;
        update funnel_rates set base = 'sent', base_without_sent = 'created' where rate = 'click_rate';
        insert into channel_funnel_daily values ('iam', 8, null, 4, 2), ('kakao', 0, 0, 0, 0);
    """
    )
    path = warehouse(tmp_path / "both.duckdb", sql)
    funnel, _ = compare_funnels(path, path)
    assert funnel["push"]["click_rate"] == 1 / 4
    assert funnel["iam"]["click_rate"] == 2 / 8
    assert funnel["kakao"]["click_rate"] is None


def test_warehouses_without_the_funnel_are_compared_all_the_same(tmp_path):
    path = warehouse(tmp_path / "before.duckdb", BEFORE)
    assert compare_funnels(path, path) == ({}, {})


TINY = {
    "dbt_project.yml": "{name: tiny, profile: tiny, flags: {send_anonymous_usage_stats: false}}",
    "profiles.yml": "tiny: {target: t, outputs: {t: {type: duckdb, path: \"{{ env_var('FLARELANE_WAREHOUSE') }}\"}}}",
    "seeds/funnel_rates.csv": "rate,numerator,base,base_without_sent\nclick_rate,clicked,reached,\n",
    "models/marts/channel_funnel_daily.sql": "select 'push' as channel, 10 as reached_messages, 1 as clicked_messages",
    "models/marts/dim.sql": "select 1 as n",
    "models/marts/_dim.yml": "models: [{name: dim, config: {materialized: table}}]",
    "macros/limit.sql": "{% macro most() %}2{% endmacro %}",
    "tests/assert_few_clicks.sql": "{{ config(severity='warn') }} select * from {{ ref('channel_funnel_daily') }}"
    " where clicked_messages > {{ most() }}",
    "tests/assert_one.sql": "select * from {{ ref('dim') }} where n <> 1",
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A dbt project of a few lines, committed (path)."""
    folder = tmp_path_factory.mktemp("tiny")
    write(folder, TINY)
    (folder / "target").mkdir()
    for command in ("init --quiet", "add .", "commit --quiet --message base"):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *command.split()], cwd=folder, check=True
        )
    return folder


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture(scope="module")
def comparison(tiny):
    """The tiny project compared with its base: a mart's number changed, a model came and another went."""
    write(tiny, {
        "models/marts/channel_funnel_daily.sql": TINY["models/marts/channel_funnel_daily.sql"].replace("1 as", "3 as"),
        "models/marts/new_mart.sql": "select 1 as n",
        "tests/assert_new.sql": "select * from {{ ref('new_mart') }}",
    })  # fmt: skip
    for gone in ("models/marts/dim.sql", "models/marts/_dim.yml", "tests/assert_one.sql"):
        (tiny / gone).unlink()
    return compare_with_revision(Console(quiet=True), tiny, "HEAD", tiny)


def test_a_comparison_with_a_revision_names_the_code_that_differs(comparison):
    assert comparison.nodes == [
        ChangedNode("channel_funnel_daily", "model", "SQL"),
        ChangedNode("dim", "model", "gone"),
        ChangedNode("new_mart", "model", "new"),
        ChangedNode("assert_new", "test", "new"),
        ChangedNode("assert_one", "test", "gone"),
    ]


def test_a_comparison_with_a_revision_shows_funnel_tests_and_time(comparison):
    text = "\n".join(markdown(comparison))
    assert "| push | before | – | – | – | 10 | – | – | 1 | 10.00% |" in text
    assert "| push | after | – | – | – | 10 | – | – | 3 | 30.00% |" in text
    # A test that fails or warns is no reason to stop.
    assert "| assert_few_clicks | test | pass | warn | 0 | 1 |" in text
    assert "| assert_new | test | – | fail | – | 1 |" in text
    assert sentences(comparison)[1:] == [
        "Code or config differs of 3 models, 2 tests.",
        "2 tests after: 1 failed, 1 warned, 0 skipped.",
    ]
    assert [table.title for table in tables(comparison)] == [
        "Funnel by channel",
        "Rows of the marts",
        "Columns that differ",
        "Code that differs",
        "Tests that failed or warned",
        "Time",
    ]


def test_a_model_that_cannot_be_built_stops_the_comparison(comparison, tiny):
    # The fixture comes first: what it compared stays as it is.
    broken = tiny / "models" / "marts" / "new_mart.sql"
    before = broken.read_text()
    broken.write_text("select no_such_column")
    try:
        with pytest.raises(CompareError, match="dbt build failed: new_mart"):
            compare_with_revision(Console(quiet=True), tiny, "HEAD", tiny)
    finally:
        broken.write_text(before)


def test_times_are_compared_as_a_ratio():
    before = Run("build", "", 10, [Result("a", "model", "success", None, 4, ""), Result("t", "test", "pass", 0, 1, "")])
    after = Run(
        "build", "", 15, [Result("a", "model", "success", None, 5, ""), Result("b", "model", "success", None, 9, "")]
    )
    assert timing_table(before, after).rows == [
        ["the whole build", "10.00 s", "15.00 s", "1.50"],
        ["its models and seeds", "4.00 s", "14.00 s", "3.50"],
        ["its tests", "1.00 s", "0.00 s", "0.00"],
        ["b", "–", "9.00 s", "–"],
        ["a", "4.00 s", "5.00 s", "1.25"],
        ["t", "1.00 s", "–", "–"],
    ]


def test_a_long_list_of_nodes_is_cut():
    rows = nodes_table([ChangedNode(f"n{number}", "test", "macro") for number in range(100)]).rows
    assert (len(rows), rows[-1]) == (41, ["and 60 more", "–", "–"])


def test_the_tables_are_printed_and_written_as_markdown(compared, tmp_path, capsys):
    compared("update campaign_funnel set messages = 1234025 where campaign_id = 'b'")
    written = tmp_path / "summary.md"
    written.write_text("## Of another step\n\n")
    warehouses = [str(tmp_path / "before.duckdb"), str(tmp_path / "after.duckdb")]
    assert main([*warehouses, "--markdown", str(written)]) == 0
    assert written.read_text().startswith("## Of another step\n\n## before.duckdb against after.duckdb\n\n1 of ")
    assert "| campaign_funnel | 3 | 3 | 0 | 0 | 1 |" in written.read_text()
    assert "| campaign_funnel | messages | values | 1 | sum 60 | sum 1,234,065 |" in written.read_text()
    assert "sum 1,234,065" in capsys.readouterr().out
    assert main([*warehouses, "--exit-code"]) == 1
    assert main([warehouses[0], warehouses[0], "--exit-code"]) == 0
