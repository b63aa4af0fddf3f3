"""`python -m compare` names every row, column and number that differs between two warehouses, and nothing else."""

import duckdb
import pytest
from conftest import REPOSITORY

from compare.__main__ import main
from compare.revisions import mart_keys
from compare.tables import markdown
from compare.warehouses import ColumnDifference, compare_warehouses

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


def test_the_tables_are_printed_and_written_as_markdown(compared, tmp_path, capsys):
    mart = compared("update campaign_funnel set messages = 1234025 where campaign_id = 'b'")
    assert "| campaign_funnel | 3 | 3 | 0 | 0 | 1 |" in markdown([mart], "a against b")
    written = tmp_path / "summary.md"
    warehouses = [str(tmp_path / "before.duckdb"), str(tmp_path / "after.duckdb")]
    assert main([*warehouses, "--markdown", str(written)]) == 0
    assert "| campaign_funnel | messages | values | 1 | sum 60 | sum 1,234,065 |" in written.read_text()
    assert "sum 1,234,065" in capsys.readouterr().out
    assert main([*warehouses, "--exit-code"]) == 1
    assert main([warehouses[0], warehouses[0], "--exit-code"]) == 0
