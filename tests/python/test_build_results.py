"""`python -m report.results` says what failed in the last build, how often, and what was slow."""

import io
import json

import pytest
from rich.console import Console

from report.results import main, read_run, sentence, tables
from report.tables import Table, cell, markdown_table, print_table


def node(unique_id, status, seconds, failures=None, message=None):
    return {
        "unique_id": unique_id, "status": status, "execution_time": seconds, "failures": failures, "message": message
    }  # fmt: skip


RESULTS = [
    node("operation.flarelane.flarelane-on-run-start-0", "success", 0.1, failures=0),
    node("model.flarelane.fct_messages", "success", 6.0, message="OK"),
    node("model.flarelane.broken", "error", 1.0, message="Runtime Error in model broken (models/b.sql)\n  a | b <c>"),
    node("model.flarelane.behind", "skipped", 0.0),
    node("test.flarelane.email__error__only_on.0a1b2c", "fail", 0.5, 4, "Got 4 results, configured to fail if >0"),
    node("test.flarelane.often", "fail", 0.0, 30, "Got 30 results, configured to fail if >0"),
    node("test.flarelane.not_asked", "skipped", 0.0, 0),
    node("test.flarelane.assert_late", "warn", 0.25, 2, "Got 2 results, configured to warn if >0"),
    node("unit_test.flarelane.int_messages.test_orphans", "fail", 0.15, 1, "actual differs from expected:"),
    node("test.flarelane.assert_good", "pass", 2.0, 0),
]


@pytest.fixture
def target(tmp_path):
    """A target folder with the results of a build (path)."""
    artifact = {
        "metadata": {"generated_at": "2026-10-01T12:34:56Z"},
        "args": {"which": "build"},
        "elapsed_time": 11.5,
        "results": RESULTS,
    }
    (tmp_path / "run_results.json").write_text(json.dumps(artifact))
    return tmp_path


def test_what_is_not_good_is_listed_the_worst_first(target):
    run = read_run(target)
    assert sentence(run) == "`dbt build`: 10 nodes in 11.5 s, 4 failed, 1 warned, 2 skipped."
    problems, _ = tables(run)
    assert problems.rows == [
        ["broken", "model", "error", "a | b <c>", "–"],
        ["often", "test", "fail", "–", "30"],
        ["email__error__only_on", "test", "fail", "–", "4"],
        ["int_messages.test_orphans", "unit test", "fail", "actual differs from expected:", "1"],
        ["assert_late", "test", "warn", "–", "2"],
        ["behind", "model", "skipped", "–", "–"],
        ["not_asked", "test", "skipped", "–", "–"],
    ]


def test_the_slowest_come_first_with_their_share(target):
    _, slowest = tables(read_run(target))
    assert slowest.rows[:2] == [["fct_messages", "model", "6.00 s", "60%"], ["assert_good", "test", "2.00 s", "20%"]]


def test_the_summary_is_printed_and_appended_as_markdown(target, tmp_path, capsys):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    assert main([str(target), "--markdown", str(summary)]) == 0
    text = summary.read_text()
    assert text.startswith("before\n## The build\n\n`dbt build`: 10 nodes")
    assert "| broken | model | error | a \\| b &lt;c> | – |" in text
    assert "email__error__only_on" in capsys.readouterr().out


def test_results_of_an_earlier_run_are_said_to_be_that(target, capsys):
    assert main([str(target), "--exit-code", "2"]) == 2
    assert capsys.readouterr().out.startswith("dbt ended with 2: it did not start, or was stopped.")
    main([str(target), "--exit-code", "1"])
    assert "dbt ended" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "results", "expected"),
    [
        (0, ["model success", "test warn", "test pass", "operation success", "seed no-op"], 0),
        (1, ["model success", "test fail", "test warn"], 1),
        (1, ["model success", "test error"], 2),
        (1, ["model error", "test fail"], 2),
        (1, ["model success", "test fail", "model skipped"], 2),
        (1, ["unit_test fail", "model success"], 2),
        (1, ["model success", "operation error"], 2),
        # It was interrupted, or did not start and these are the results of an older run.
        (2, ["model success", "test pass"], 2),
        (2, ["model success", "test fail"], 2),
        (130, ["model success"], 2),
        (1, ["model success"], 2),
    ],
)
def test_the_exit_code_tells_data_that_breaks_a_rule_from_what_was_not_built(status, results, expected, target):
    artifact = json.loads((target / "run_results.json").read_text())
    words = [result.split() for result in results]
    artifact["results"] = [node(f"{kind}.flarelane.one", of_node, 0.1, 0) for kind, of_node in words]
    (target / "run_results.json").write_text(json.dumps(artifact))

    assert main([str(target), "--exit-code", str(status)]) == expected
    assert main([str(target)]) == 0


def test_names_in_a_message_are_text(target, capsys):
    """A message may hold a name of the export: brackets are no markup, control characters show as their codes."""
    artifact = json.loads((target / "run_results.json").read_text())
    artifact["results"] = [
        node("model.flarelane.broken", "error", 1.0, message="Cannot read [/bold]\x1b[31m\u202e.parquet"),
    ]
    (target / "run_results.json").write_text(json.dumps(artifact))
    assert main([str(target), "--markdown", str(target / "summary.md")]) == 0
    assert "Cannot read [/bold]\\x1b[31m\\u202e.parquet" in capsys.readouterr().out
    assert "Cannot read \\[/bold\\]\\\\x1b\\[31m\\\\u202e.parquet" in (target / "summary.md").read_text()


def test_nothing_is_cut_off_on_a_narrow_terminal(target):
    artifact = json.loads((target / "run_results.json").read_text())
    name, message = "journey_step_funnel_daily_adds_up_to_journey_step_funnel", "Cannot read " + "a/long/path/" * 12
    artifact["results"] += [
        node(f"test.flarelane.{name}.0a1b2c", "fail", 9.0, 13_138),
        node("model.flarelane.other", "error", 9.0, message=message),
    ]
    (target / "run_results.json").write_text(json.dumps(artifact))
    printed = io.StringIO()
    problems, slowest = tables(read_run(target))
    for table in (problems, slowest):
        print_table(Console(width=80, file=printed), table)
    lines = printed.getvalue().splitlines()
    assert max(map(len, lines)) <= 80 and "…" not in printed.getvalue()
    assert lines[1].split() == ["node", "kind", "status", "message", "failures"]
    first_column = "".join(line[: lines[1].index("kind")].strip() for line in lines)
    assert name in first_column and any(line.endswith("13,138") for line in lines)
    fourth_column = "".join(line[lines[1].index("message") : lines[1].index("failures")].strip() for line in lines)
    assert "a/long/path/" * 12 in fourth_column


def test_no_digit_is_cut_where_all_numbers_do_not_fit():
    printed = io.StringIO()
    numbers = [f"{number},234,567" for number in range(1, 9)]
    print_table(Console(width=60, file=printed), Table("Funnel", ["channel", *"abcdefgh"], [["email", *numbers]]))
    assert printed.getvalue().splitlines()[-1].split() == ["email", *numbers]


def test_a_build_that_never_ran_is_said_to_have_not(tmp_path, capsys):
    assert main([str(tmp_path), "--markdown", str(tmp_path / "summary.md")]) == 0
    assert "No run of dbt" in capsys.readouterr().out
    assert "No run of dbt" in (tmp_path / "summary.md").read_text()
    assert main([str(tmp_path), "--exit-code", "1"]) == 2
    (tmp_path / "run_results.json").write_text('{"metadata": ')
    assert main([str(tmp_path), "--exit-code", "137"]) == 2


def test_a_cell_cannot_end_its_cell_or_its_row():
    assert cell("a|b\n c \\| <d>") == "a\\|b c \\\\\\| &lt;d>"
    assert cell("![x](http://pixel) `c` *b* &lt;") == "!\\[x\\](http://pixel) \\`c\\` \\*b\\* &amp;lt;"
    lines = markdown_table(Table("T", ["name", "n"], [["a|b", "1"]])).splitlines()
    assert lines == ["### T", "", "| name | n |", "| --- | ---: |", "| a\\|b | 1 |"]
