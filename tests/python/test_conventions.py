"""The project's own conventions catch what they are there for; `make lint-conventions` runs them on the project."""

import sys
from types import SimpleNamespace

import pytest
from conftest import REPOSITORY
from dbt_bouncer.check_framework.exceptions import DbtBouncerFailedCheckError

sys.path.insert(0, str(REPOSITORY / "conventions" / "manifest"))

import owners_and_columns  # noqa: E402


def check_stages(columns, tests):
    """Run the check on a model with these columns and generic tests (lists of names)."""
    model = SimpleNamespace(name="new_funnel", unique_id="model.new_funnel", columns=dict.fromkeys(columns))
    found = [SimpleNamespace(test_metadata=SimpleNamespace(name=name)) for name in tests]
    check = owners_and_columns.CheckCountsOfStagesAreTestedForNull(model=model)
    check._ctx = SimpleNamespace(tests_by_attached_node={model.unique_id: found})
    check.execute()


def test_a_model_that_counts_stages_by_channel_cannot_forget_that_null_is_not_zero():
    with pytest.raises(DbtBouncerFailedCheckError, match="new_funnel"):
        check_stages(["channel", "clicked_messages"], ["unique_combination"])

    check_stages(["channel", "clicked_messages"], ["unreported_stages_are_null"])
    check_stages(["channel", "reached_messages"], [])
    check_stages(["person_key", "clicked_messages"], [])
