"""Each engine's form of a macro of macros/engine makes the same of given values: those of engine_values.yml."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
import yaml
from warehouse_rows import open_spark

PROJECT = Path(__file__).parents[2]
CASES = yaml.safe_load((Path(__file__).parent / "engine_values.yml").read_text(encoding="utf-8"))
NAMES = "abcdef"
# A join with three rows, of which Spark knows just that they come from ten million.
JOIN_WITH_FEW_ROWS = """
with few as (select distinct id % 3 as id from range(10000000))
select id in (select {{ few_rows('few') }} id from few) as is_among_few from range(10000000)
"""


def text_literal(value, engine):
    """Return a value (str or None) as SQL of an engine."""
    if value is None:
        return "cast(null as string)"
    if engine == "spark":
        value = value.replace("\\", "\\\\")
        return "'" + value.replace("'", "\\'") + "'"
    return "'" + value.replace("'", "''") + "'"


def query_of(case, engine):
    """Return the query (str, with Jinja) that gives the results of a case in the order of its rows."""
    grouped = case.get("grouped", False)
    rows = [row if grouped else row[:-1] for row in case["rows"]]
    types = case.get("types", ["string"] * len(rows[0]))
    given = ", ".join(
        f"({number}, {', '.join(text_literal(value, engine) for value in row)})" for number, row in enumerate(rows)
    )
    names = ", ".join(NAMES[: len(types)])
    typed = ", ".join(f"cast({name} as {type}) as {name}" for name, type in zip(NAMES, types, strict=False))
    order = "" if grouped else " order by row_number"
    return (
        f"select cast({case['expression']} as string) as result from (select row_number, {typed} from "
        f"(values {given}) as given (row_number, {names})) as typed{order}"
    )


def compiled(queries, python, target, folder):
    """Return queries (list of str) with Jinja as dbt compiles them for a target (str)."""
    parts = "\n---\n".join(queries)
    done = subprocess.run(
        [
            *(python.with_name("dbt"), "--quiet", "compile", "--inline", parts, "--output", "json"),
            *("--target", target, "--target-path", folder / target, "--log-path", folder / target),
            "--no-populate-cache",
        ],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "FLARELANE_WAREHOUSE": str(folder / "w.duckdb"), "PYTHONPATH": "plugins"}
        | {"FLARELANE_SPARK_WAREHOUSE": str(folder / "spark")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout[done.stdout.index("{") :])["compiled"].split("\n---\n")


def expected(case):
    return [case["expected"]] if case.get("grouped") else [row[-1] for row in case["rows"]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="session")
def queries(folder):
    """The queries that dbt compiles for each target, side by side: a dict of lists of str."""
    pythons = {"warehouse": PROJECT / ".venv/bin/python", "spark": PROJECT / ".venv-spark/bin/python"}
    parts = {
        "warehouse": [query_of(case, "duckdb") for case in CASES],
        "spark": [*(query_of(case, "spark") for case in CASES), JOIN_WITH_FEW_ROWS],
    }
    with ThreadPoolExecutor() as pool:
        done = pool.map(lambda target: compiled(parts[target], pythons[target], target, folder), parts)
        return dict(zip(parts, done, strict=True))


@pytest.fixture(scope="session")
def spark(folder):
    return open_spark(f"{folder}/values")


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["expression"] for case in CASES])
def test_duckdb_gives_what_is_expected(queries, number):
    found = duckdb.connect().execute("set TimeZone = 'UTC'").execute(queries["warehouse"][number]).fetchall()
    assert [result for (result,) in found] == expected(CASES[number])


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["expression"] for case in CASES])
def test_spark_gives_what_is_expected(queries, spark, number):
    found = spark.sql(queries["spark"][number]).collect()
    assert [row.result for row in found] == expected(CASES[number])


def test_spark_takes_few_rows_to_the_other_side_of_a_join(queries, spark):
    [plan] = spark.sql(f"explain {queries['spark'][-1]}").collect()
    assert "BroadcastHashJoin" in plan.plan
    assert "SortMergeJoin" not in plan.plan
