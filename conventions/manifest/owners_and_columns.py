"""Conventions that dbt-bouncer has no check for; dbt-bouncer.yml names them."""

from dbt_bouncer.check_framework.decorator import check, fail

from codegen.facts import STAGES


def undescribed(columns):
    return sorted(name for name, column in columns.items() if not (column.description or "").strip())


@check
def check_model_has_group(model):
    """The group's owner answers for the model."""
    if not model.group:
        fail(f"`{model.name}` belongs to no group.")


@check
def check_seed_columns_described(seed):
    """Every column of a seed is there to be read by people."""
    if not seed.columns or undescribed(seed.columns):
        fail(f"`{seed.name}` has columns without a description: {undescribed(seed.columns)}.")


@check
def check_source_columns_described(source):
    """The docs of the source are the only place where its columns are explained."""
    if not source.columns or undescribed(source.columns):
        fail(f"`{source.name}` has columns without a description: {undescribed(source.columns)}.")


@check
def check_counts_of_stages_are_tested_for_null(model, ctx):
    """A model that counts stages by channel has the test that tells null from 0.

    Without a column `channel` there is nothing to tell apart: such a model adds channels up.
    """
    counts = {f"{stage}_messages" for stage in STAGES} & set(model.columns)
    attached = ctx.tests_by_attached_node.get(model.unique_id, [])
    tests = {test.test_metadata.name for test in attached if test.test_metadata}
    if counts and "channel" in model.columns and "unreported_stages_are_null" not in tests:
        fail(f"`{model.name}` counts {sorted(counts)} by channel and lacks the test unreported_stages_are_null.")
