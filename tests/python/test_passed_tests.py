"""A build does not run a data test again that passed on the rows that are stored; it runs what may fail now."""

import json

import pytest
from conftest import write_rows
from forked_dbt import ForkedDbt

EVENT = {
    "type": "push.created", "channel": "push", "time": "2026-09-01T10:00:00Z", "campaign_id": "c", "deviceid": "d",
    "platform": "ios",
}  # fmt: skip
# Ids as the platform gives them.
FIRST, BROKEN = "01J6PB3V0000000000000000AA", "01J6PB3V0000000000000000BB"
RULE, OTHER_RULE = "push__error__only_on", "push__id__format"
MODELS = ("+column_rule_results", "+customer_event_reconciliation")


class Warehouse:
    """A small export of both tables and dbt on it."""

    def __init__(self, folder):
        self.folder, self.dbt = folder, ForkedDbt(folder, artifacts=True)
        self.add(FIRST, EVENT)
        self.add_customer_event("1")

    def add(self, id, row):
        """Add a file of one push event. id: of the event, and the file's name. row: dict of its other columns."""
        write_rows(self.folder / "export", "crm_events", "shop", "2026-09-01", [{"id": id, **row}], f"{id}.parquet")

    def add_customer_event(self, id):
        """Add a file of one customer event. id: of the event, and the file's name."""
        row = {"id": id, "type": "purchase", "time": "2026-09-01T10:00:00Z", "userid": "u"}
        write_rows(self.folder / "export", "customer_events", "shop", "2026-09-01", [row], f"{id}.parquet")

    def run(self, command="build", **options):
        """Run dbt. Return the status of each data test, and the names of those that were not run again (dict, set)."""
        process = self.dbt.start(
            self.folder / "export",
            self.folder / "warehouse.duckdb",
            command=command,
            tests=True,
            arguments=("--select", *MODELS),
            **options,
        )
        process.join()
        results = json.loads((self.folder / "target/run_results.json").read_text())["results"]
        tests = {name[2]: result for result in results if (name := result["unique_id"].split("."))[0] == "test"}
        unchanged = {name for name, test in tests.items() if test["adapter_response"].get("_message") == "UNCHANGED"}
        return {name: test["status"] for name, test in tests.items()}, unchanged


def allow_five(project):
    """Let a test pass with up to five rows. project: dbt's Manifest."""
    next(test for test in project.nodes.values() if test.name == OTHER_RULE).config.error_if = "> 5"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What dbt said of the tests, and the status of each and which were not run again, run by run.

    The second has nothing new, a file that breaks a rule comes before the third, the fourth has nothing new either but
    another limit for one test, the fifth is `dbt test`, and a file of customer events comes before the sixth, which
    builds and tests at once.
    """
    warehouse = Warehouse(tmp_path_factory.mktemp("tests"))
    runs = [warehouse.run(), warehouse.run()]
    said = warehouse.dbt.output()
    warehouse.add(BROKEN, EVENT | {"error": "none"})
    # The models are built without their tests, as by a schedule that tests once a day.
    warehouse.run("run")
    runs += [warehouse.run(), warehouse.run(change=allow_five), warehouse.run("test")]
    warehouse.add_customer_event("2")
    return said, *runs, warehouse.run()


def test_tests_of_rows_that_stayed_are_not_run_again(runs):
    said, (first, _), (second, unchanged), *_ = runs
    assert second == first
    assert len(unchanged) > 100
    assert f"{len(unchanged)} data tests were not run again" in said
    # The scope is another one in each run.
    assert "partitions_this_run_columns_are_filled" in second.keys() - unchanged


def test_a_first_build_runs_all_tests(runs):
    _, (_, unchanged), *_ = runs
    assert not unchanged


def test_tests_of_changed_models_run_again(runs):
    *_, (third, unchanged), _, _, _ = runs
    assert third[RULE] == "fail"
    assert not [name for name in unchanged if name.startswith("push__")]
    # Nothing changed for customer events.
    assert "customer_event_reconciliation_columns_are_filled" in unchanged


def test_a_test_that_failed_or_has_another_limit_runs_again(runs):
    *_, (fourth, unchanged), _, _ = runs
    assert fourth[RULE] == "fail"
    assert fourth[OTHER_RULE] == "pass"
    assert not {RULE, OTHER_RULE} & unchanged
    assert len(unchanged) > 100


def test_dbt_test_runs_all_tests(runs):
    *_, (tested, unchanged), _ = runs
    assert tested[RULE] == "fail"
    assert not unchanged


def test_tests_of_models_that_the_same_build_wrote_run_again(runs):
    """After tests of others, for which it read what had passed."""
    *_, (_, unchanged) = runs
    assert not [name for name in unchanged if name.startswith("customer_event_reconciliation")]
    assert len(unchanged) > 100
