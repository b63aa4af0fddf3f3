"""What `make check` checks for which changes."""

import subprocess
from fnmatch import fnmatch

import pytest
from conftest import REPOSITORY

import check.__main__ as command
from check.what_belongs import BUILDS_EVERYTHING, TESTS, WHOLE_LINTERS, dbt_selection, linters, python_tests

# They take minutes, or need a browser or a server, and run in `make test` alone, or when they change themselves.
IN_MAKE_TEST = {
    "test_against_reference", "test_builds_mirror_the_export", "test_builds_survive_kills", "test_concurrent_use",
    "test_erasure", "test_export_problems", "test_hostile_files", "test_s3", "test_setup", "test_site",
}  # fmt: skip


def tracked():
    return subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip


def test_each_pattern_matches_a_file_and_each_test_is_there():
    files = tracked()
    patterns = [*TESTS, *BUILDS_EVERYTHING, *(pattern for patterns in WHOLE_LINTERS.values() for pattern in patterns)]
    assert [pattern for pattern in patterns if not any(fnmatch(file, pattern) for file in files)] == []
    there = {path.stem for path in (REPOSITORY / "tests/python").glob("test_*.py")}
    assert {name for names in TESTS.values() for name in names} | IN_MAKE_TEST == there


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["models/marts/campaign_funnel.sql", "LICENSE"], ["test_benchmarks"]),
        (["seeds/event_types.csv"], ["test_codegen"]),
        (["report/tables.py", "report/results.py"], ["test_build_results", "test_report"]),
        (["tests/python/test_s3.py"], ["test_s3"]),
        (["LICENSE"], []),
    ],
)
def test_the_tests_of_what_changed_are_run(files, expected):
    assert python_tests(files) == [f"tests/python/{name}.py" for name in expected]


def test_what_changed_is_linted_and_the_rest_is_not():
    files = ["models/marts/campaign_funnel.sql", "macros/messages/outcome.sql", "report/tables.py", "selectors.yml"]
    assert linters(files) == [
        ["sqlfluff", "lint", "models/marts/campaign_funnel.sql"],
        ["ruff", "check", "report/tables.py"],
        ["ruff", "format", "--check", "report/tables.py"],
        ["yamllint", "--strict", "selectors.yml"],
        ["make", "--no-print-directory", "lint-generated"],
        ["make", "--no-print-directory", "lint-conventions"],
    ]
    assert linters([".sqlfluff", "models/marts/campaign_funnel.sql"])[0] == ["make", "--no-print-directory", "lint-sql"]
    assert linters(["LICENSE"]) == []


@pytest.mark.parametrize(
    ("file", "selection"),
    [
        ("models/marts/_campaign_funnel.yml", "modified"),
        ("macros/messages/outcome.sql", "modified"),
        ("tests/assert_rates_are_shares.sql", "modified"),
        ("macros/builds/view.sql", "everything"),
        ("plugins/flarelane_connection.py", "everything"),
        ("tests/python/conftest.py", None),
        ("report/tables.py", None),
    ],
)
def test_dbt_builds_what_changed(file, selection):
    assert dbt_selection(["LICENSE", file]) == selection


def test_what_is_committed_changed_and_new_counts_and_what_is_deleted_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "PROJECT_DIR", tmp_path)
    command.git("init", "--quiet")
    command.git("config", "user.name", "Somebody")
    command.git("config", "user.email", "somebody@example.com")
    for name in ("deleted.sql", "edited.sql", "kept.sql"):
        (tmp_path / name).write_text("select 1")
    (tmp_path / ".gitignore").write_text("target\n")
    command.git("add", ".")
    command.git("commit", "--quiet", "-m", "The base")
    base = command.git("rev-parse", "HEAD")[0]
    (tmp_path / "committed.sql").write_text("select 2")
    command.git("add", ".")
    command.git("commit", "--quiet", "-m", "A change")
    (tmp_path / "deleted.sql").unlink()
    (tmp_path / "edited.sql").write_text("select 3")
    (tmp_path / "new.sql").write_text("select 4")
    (tmp_path / "target").write_text("ignored")
    assert command.changed_files(base) == (["committed.sql", "edited.sql", "new.sql"], ["deleted.sql"])


def test_no_setting_of_the_user_reaches_its_build(monkeypatch):
    monkeypatch.setenv("FLARELANE_PUBLISHED_WAREHOUSE", "/of/readers.duckdb")
    monkeypatch.setenv("FLARELANE_WAREHOUSE", "/of/theirs.duckdb")
    monkeypatch.setenv("FLARELANE_RECIPIENT_HASH_KEY", "the key")
    environment = command.environment()
    assert "FLARELANE_PUBLISHED_WAREHOUSE" not in environment
    assert environment["FLARELANE_WAREHOUSE"] == str(command.FOLDER / "warehouse.duckdb")
    assert environment["FLARELANE_RECIPIENT_HASH_KEY"] == "the key"


def test_a_command_that_fails_ends_its_part():
    succeeded, output, _ = command.run([["echo", "one"], ["false"], ["echo", "two"]])
    assert not succeeded
    assert "one" in output and "two" not in output
