"""The seed conversion_goals: what stops a build, what warns, and what a build without goals gives."""

import duckdb
import pytest
from conftest import GOAL_COLUMNS, build, write_goals, write_rows

MARTS = [
    "fct_conversions",
    "campaign_conversions",
    "campaign_conversions_daily",
    "journey_conversions",
    "journey_step_conversions",
    "goal_conversions_daily",
]
# All models, and the tests that are about goals and what is credited: the others say nothing of them.
WITH_THESE_TESTS = {
    "select": "resource_type:seed resource_type:model assert_every_goal_has_an_effect assert_every_goal_event_* "
    "assert_shared_credit_* assert_converted_never_* assert_every_conversion_* assert_no_conversion_* assert_touches_*",
    "env": {"DBT_INDIRECT_SELECTION": "empty"},
    "tests": True,
}
GOAL = {"goal": "purchase", "event_type": "buy", "window_hours": "24", "basis": "sent"}
# What is changed in a good goal, and what the message says of it.
SENSELESS = {
    "unknown basis": ({"basis": "opened"}, "basis is 'opened'; it must be sent or clicked"),
    "no basis": ({"basis": ""}, "basis is ''; it must be"),
    "window of none": ({"window_hours": "0"}, "window_hours is '0'; it must be a whole number of hours above 0"),
    "window in parts": ({"window_hours": "1.5"}, "window_hours is '1.5'; it must be"),
    "window backwards": ({"window_hours": "-24"}, "window_hours is '-24'; it must be"),
    "no window": ({"window_hours": ""}, "window_hours is ''; it must be"),
    "window in words": ({"window_hours": "a day"}, "window_hours is 'a day'; it must be"),
    "window of ages": ({"window_hours": "9999999999"}, "window_hours is '9999999999'; it must be"),
    "path without a root": (
        {"amount_path": "total", "currency": "KRW"},
        "amount_path is 'total'; it must be a JSON path to one value",
    ),
    "path that is a wildcard": ({"quantity_path": '$."*"'}, "quantity_path is '$.\"*\"'; it must be"),
    "path with an escape": ({"quantity_path": '$."a\\"'}, "quantity_path is '$.\"a\\\"'; it must be"),
    "path to no place": ({"quantity_path": "$[12345678901]"}, "quantity_path is '$[12345678901]'; it must be"),
    "path that ends early": ({"property_path": "$.", "property_value": "x"}, "property_path is '$.'; it must be"),
    "path to many values": ({"quantity_path": "$.items[*].n"}, "quantity_path is '$.items[*].n'; it must be"),
    "path with a quote": ({"quantity_path": "$.it's["}, "quantity_path is '$.it's['; it must be"),
    "no currency": ({"amount_path": "$.total"}, "currency is empty; an amount_path needs"),
    "no event type": ({"event_type": ""}, "event_type is empty; it must be the type of a customer event"),
    "path without value": ({"property_path": "$.kind"}, "property_value is empty"),
    "value without path": ({"property_value": "x"}, "property_path is empty"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """An export of one message and one purchase after it."""
    root = tmp_path_factory.mktemp("goals") / "export"
    sent = {"id": "01J00000000000000000000001", "type": "sms.sent", "channel": "sms", "campaign_id": "c", "userid": "u"}
    sent |= {"message_type": "SMS", "body": "Sale", "sender": "1588", "is_advertisement": True}
    write_rows(root, "crm_events", "shop", "2026-03-01", [sent | {"time": "2026-03-01T09:00:00Z"}])
    bought = {"id": "01J00000000000000000000002", "type": "buy", "userid": "u", "data": '{"total": "12.50"}'}
    write_rows(root, "customer_events", "shop", "2026-03-01", [bought | {"time": "2026-03-01T10:00:00Z"}])
    return root


def test_goals_that_make_no_sense_stop_the_build_before_any_model(root, tmp_path):
    """All of them in one file, each under a name of its own, so that one build tells about all."""
    rows = [GOAL | change | {"goal": name} for name, (change, _) in SENSELESS.items()]
    rows += [GOAL, GOAL, GOAL | {"goal": ""}]
    write_goals(tmp_path / "goals.csv", rows)
    result = build(root, tmp_path, goals=tmp_path / "goals.csv", check=False)
    assert result.returncode != 0
    printed = " ".join(result.output.split())
    for name, (_, message) in SENSELESS.items():
        assert f"goal '{name}', column {message}" in printed, name
    assert "goal 'purchase', column goal: the name stands more than once" in printed
    assert f"line {len(rows) + 1}, column goal is empty" in printed
    with duckdb.connect(str(result.warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (0,)


def test_a_column_that_is_missing_is_named(root, tmp_path):
    (tmp_path / "goals.csv").write_text("goal,project_id,event_type,window_hours,basis\npurchase,,buy,24,sent\n")
    result = build(root, tmp_path, goals=tmp_path / "goals.csv", check=False)
    assert result.returncode != 0
    assert "it has no column currency" in result.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("purchase,,buy,,,24,sent,,\n", "line 2: Expected Number of Columns: 10 Found: 9"),
        (
            "purchase,,buy,,,24,sent,,,\nlonger,,buy,,,24,sent,,,x,y\n",
            "line 3: Expected Number of Columns: 10 Found: 11",
        ),
        ("purchase,,buy,,,24,sent,,,\n", None),
    ],
)
def test_a_line_of_another_length_is_named(root, tmp_path, text, said):
    (tmp_path / "goals.csv").write_text(",".join(GOAL_COLUMNS) + "\n" + text)
    result = build(root, tmp_path, goals=tmp_path / "goals.csv", check=False, select="conversion_goals")
    assert said in result.output if said else result.returncode == 0, result.output


def test_columns_that_are_divided_by_semicolons_are_named(root, tmp_path):
    (tmp_path / "goals.csv").write_text(";".join(GOAL_COLUMNS) + "\none;;buy;$.a;1,5;24;sent;;;\n")
    result = build(root, tmp_path, goals=tmp_path / "goals.csv", check=False)
    assert "must be divided by commas; its header is 'goal;project_id;" in result.output


def test_goals_are_loaded_as_they_are_written(root, tmp_path):
    """DuckDB, which guesses, would take the apostrophes for quotes, and the line with # for a comment."""
    with_value = GOAL | {"property_path": "$.a"}
    goals = [
        with_value | {"goal": "one", "property_value": "'tis"},
        with_value | {"goal": "two", "property_value": "rock'"},
        with_value | {"goal": "#3", "property_value": "'gold'"},
        with_value | {"goal": "null", "property_value": "null"},
        GOAL | {"goal": "ages", "window_hours": "999999999"},
    ]
    write_goals(tmp_path / "goals.csv", goals)
    result = build(root, tmp_path, goals=tmp_path / "goals.csv")
    # A window of ages reaches no further than the partitions do.
    assert result.rows("select count(*) < 1000 as few from partition_scope") == [{"few": True}]
    loaded = result.rows("select goal, coalesce(property_value, '') as value from conversion_goals order by goal")
    expected = sorted((goal["goal"], goal.get("property_value", "")) for goal in goals)
    assert [(row["goal"], row["value"]) for row in loaded] == expected
    write_goals(tmp_path / "goals.csv", [*goals, GOAL | {"goal": "#4", "amount_path": "total"}])
    result = build(root, tmp_path, goals=tmp_path / "goals.csv", check=False)
    assert "goal '#4', column amount_path is 'total'" in " ".join(result.output.split())


def test_without_goals_all_models_are_there_and_empty(root, tmp_path):
    write_goals(tmp_path / "goals.csv", [])
    result = build(root, tmp_path, goals=tmp_path / "goals.csv", **WITH_THESE_TESTS)
    for name in MARTS:
        assert result.rows(f"select count(*) as n from {name}") == [{"n": 0}], name
    assert result.rows("select count(*) as n from fct_messages") == [{"n": 1}]


def test_goals_without_effect_are_named_in_warnings(root, tmp_path):
    goals = [
        GOAL | {"amount_path": "$.total", "currency": "KRW"},
        GOAL | {"goal": "misspelt type", "event_type": "bought"},
        GOAL | {"goal": "misspelt path", "amount_path": "$.sum", "currency": "KRW"},
    ]
    write_goals(tmp_path / "goals.csv", goals)
    result = build(root, tmp_path, goals=tmp_path / "goals.csv", **WITH_THESE_TESTS)
    printed = " ".join(result.output.split())
    assert "Goal 'misspelt type' of conversion_goals: no accepted customer event of the export ever met it" in printed
    assert (
        "Goal 'misspelt path' of conversion_goals: none of its 1 events has a number at its amount_path, $.sum"
        in printed
    )
    assert "Goal 'purchase'" not in printed
    assert "WARN 2 assert_every_goal_has_an_effect" in printed
    [row] = result.rows("select * from goal_conversions_daily where goal = 'purchase'")
    assert (row["goal_events"], row["credited_events"], float(row["goal_revenue"])) == (1, 1, 12.5)
