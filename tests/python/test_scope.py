"""project_ids, start_date and end_date: what they leave in, and what is said of values that make no sense."""

import re
from datetime import date

import duckdb
import pytest
from conftest import REPOSITORY, write_rows
from forked_dbt import ForkedDbt
from jinja2 import Environment

PARTITIONS = [(project, date(2026, 9, day)) for project in ("shop", "o'neil", "5", "gift shop") for day in (1, 2, 3, 4)]
OUTSIDE = (None, None)


def macros(path, known):
    """Return the module of a file of macros (str, below macros/). known: what it may use (dict)."""
    text = (REPOSITORY / "macros" / path).read_text()
    return Environment(extensions=["jinja2.ext.do"]).from_string(text, known).module


def in_scope(**vars):
    """Return the rows (set of project and date) of PARTITIONS and OUTSIDE that the macro is_in_scope leaves in."""
    given = {"project_ids": [], "start_date": "", "end_date": ""} | vars
    literal = macros("engine/duckdb/text_literal.sql", {"return": str}).duckdb__text_literal
    made = macros("export/is_in_scope.sql", {"var": given.get, "text_literal": lambda text: literal(str(text))})
    with duckdb.connect() as connection:
        connection.execute("create table partitions (project_id varchar, partition_date date)")
        connection.executemany("insert into partitions values (?, ?)", [*PARTITIONS, OUTSIDE])
        condition = made.is_in_scope("project_id", "partition_date")
        return set(connection.execute(f"from partitions where {condition}").fetchall())


@pytest.mark.parametrize(
    ("vars", "projects", "days"),
    [
        ({}, None, range(1, 5)),
        ({"project_ids": ["shop"]}, {"shop"}, range(1, 5)),
        ({"project_ids": ["o'neil", "gift shop"]}, {"o'neil", "gift shop"}, range(1, 5)),
        ({"project_ids": [5]}, {"5"}, range(1, 5)),
        ({"project_ids": ["nobody"]}, set(), range(1, 5)),
        ({"start_date": "2026-09-03"}, None, (3, 4)),
        ({"end_date": "2026-09-02"}, None, (1, 2)),
        ({"start_date": "2026-09-02", "end_date": "2026-09-02"}, None, (2,)),
        ({"start_date": date(2026, 9, 4), "project_ids": ["shop", "5"]}, {"shop", "5"}, (4,)),
        ({"start_date": "2027-01-01"}, None, ()),
    ],
)
def test_a_partition_is_in_scope_by_project_and_dates_both_included(vars, projects, days):
    expected = {(project, day) for project, day in PARTITIONS if day.day in days}
    expected = {row for row in expected if projects is None or row[0] in projects}
    # What lies outside partitions is always in: it is reported, not read.
    assert in_scope(**vars) == expected | {OUTSIDE}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """ForkedDbt, an export of one project and two dates, and the warehouse that was built from it."""
    folder = tmp_path_factory.mktemp("scope")
    for day in (1, 2):
        write_rows(folder / "export", "crm_events", "shop", f"2026-09-0{day}", [{"id": str(day)}])
    dbt = ForkedDbt(folder)
    dbt.build(folder / "export", folder / "warehouse.duckdb", arguments=LEDGER)
    return dbt, folder / "export", folder / "warehouse.duckdb"


LEDGER = ("--select", "+export_files")


@pytest.mark.parametrize(
    ("vars", "said"),
    [
        ({"project_ids": "shop"}, "project_ids is 'shop'; it must be a list of project ids"),
        ({"project_ids": {"shop": 1}}, "project_ids is .*; it must be a list of project ids"),
        ({"project_ids": 5}, "project_ids is '5'; it must be a list of project ids"),
        ({"project_ids": [["shop"]]}, "project_ids is .*; it must be a list of project ids"),
        ({"project_ids": [None]}, "project_ids is .*; it must be a list of project ids"),
        ({"start_date": "yesterday"}, "start_date is 'yesterday'; it must be a date such as 2026-09-01"),
        ({"start_date": 20260901}, "start_date is '20260901'; it must be a date"),
        ({"end_date": "2026-02-30"}, "end_date is '2026-02-30'; it must be a date"),
        ({"end_date": "2026-9-1"}, "end_date is '2026-9-1'; it must be a date"),
        ({"end_date": "'; --"}, "end_date is ''; --'; it must be a date"),
        (
            {"start_date": "2026-09-02", "end_date": "2026-09-01"},
            "end_date is '2026-09-01'; it must be the start_date, 2026-09-02, or later",
        ),
        ({"project_ids": ["nobody"]}, r"No file at .* matches .* \(project_ids: nobody; start_date: none; "),
    ],
)
def test_a_senseless_limit_stops_the_build_and_changes_nothing(built, vars, said):
    dbt, export, warehouse = built
    before = ledger(warehouse)
    process = dbt.start(export, warehouse, vars=vars, arguments=LEDGER)
    process.join()
    assert process.exitcode == 1 and re.search(said, dbt.output()), dbt.output()[-3000:]
    assert "Traceback" not in dbt.output()
    assert ledger(warehouse) == before


def test_a_project_that_the_export_lacks_is_named_in_a_warning(built):
    dbt, export, warehouse = built
    dbt.build(export, warehouse, vars={"project_ids": ["shop", "nobody", "o'neil"]}, arguments=LEDGER)
    warned = re.findall("project_ids names '(.+)', of which the export holds no file", dbt.output())
    assert warned == ["nobody", "o'neil"]
    dbt.build(export, warehouse, vars={"project_ids": ["shop"], "start_date": "2026-09-02"}, arguments=LEDGER)
    assert "of which the export" not in dbt.output()
    assert [row[0] for row in ledger(warehouse)] == ["gone", "pending"]


def ledger(warehouse):
    """Return the state and date of each file in the ledger (list of tuple), by date."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute("select state, partition_date from export_files order by 2").fetchall()
