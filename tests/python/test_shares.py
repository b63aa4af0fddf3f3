"""What one worker runs without a break, when the tests run in parallel."""

from pathlib import Path

from conftest import OF_THE_SAMPLE, ORDER, share_of

HERE = Path(__file__).parent


def test_the_files_that_read_the_sample_s_warehouse_run_on_one_worker():
    users = {path.stem for path in HERE.glob("test_*.py") if "sample_build" in path.read_text(encoding="utf-8")}
    assert users - {"test_shares"} == {*OF_THE_SAMPLE, "test_against_reference"}
    assert {share_of(f"tests/python/{name}.py::test_a") for name in OF_THE_SAMPLE} == {"sample_build"}


def test_every_file_named_in_the_order_is_there():
    assert [name for name in ORDER if not (HERE / f"{name}.py").is_file()] == []


def test_tests_that_share_a_build_are_one_share_and_others_their_own():
    reference = "tests/python/test_against_reference.py::test_table"
    assert share_of(f"{reference}[sample-dim_campaigns]") == "sample_build"
    assert share_of(f"{reference}[nasty-dim_campaigns]") == share_of(f"{reference}[nasty-fct_messages]")
    assert share_of(f"{reference}[nasty-a]") != share_of(f"{reference}[nasty_in_new_york_in_two_days-a]")
    own = "tests/python/test_concurrent_use.py::test_"
    assert share_of(own + "a") != share_of(own + "b")
    assert share_of("tests/python/test_s3.py::test_a") == share_of("tests/python/test_s3.py::test_b")
