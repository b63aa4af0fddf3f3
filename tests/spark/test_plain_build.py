"""A plain `dbt build` on Spark runs what it runs on DuckDB, unit tests and data tests too, and each says the same."""

import json
import shutil

from test_builds import BUILD, EXPORT, DbtOnSpark, dbt, make_export


def results_of(folder):
    """Return what the last run of dbt in a folder (Path) said: a dict of status and rows that fail, by node's id."""
    run = json.loads((folder / "target/run_results.json").read_text(encoding="utf-8"))
    return {result["unique_id"]: (result["status"], result["failures"]) for result in run["results"]}


def test_each_test_says_what_it_says_on_duckdb(tmp_path):
    make_export(tmp_path, messages_per_day=10, days=3)
    dbt(".venv-spark", "spark", tmp_path / "spark", "build")
    dbt(".venv", "warehouse", tmp_path / "duckdb", "build")
    on_spark, on_duckdb = results_of(tmp_path / "spark"), results_of(tmp_path / "duckdb")
    kinds = {name.partition(".")[0] for name in on_spark}
    assert {"unit_test", "test"} <= kinds
    assert on_spark == on_duckdb


def test_what_lost_its_last_row_has_none_and_no_record_of_any(tmp_path):
    """Spark alone would leave what a query without rows takes the place of."""
    of_customers = [*BUILD, "--select", "+customer_event_reconciliation", "+int_goal_events"]
    make_export(tmp_path, messages_per_day=10, days=3)
    with DbtOnSpark(tmp_path / "spark") as session:
        session.dbt(*of_customers)
        shutil.rmtree(tmp_path / EXPORT / "customer_events")
        session.dbt(*of_customers)
        dbt(".venv", "warehouse", tmp_path / "duckdb", *of_customers)
        session.compare(tmp_path / "duckdb")
