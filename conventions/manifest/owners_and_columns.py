"""Conventions that dbt-bouncer has no check for; dbt-bouncer.yml names them."""

from dbt_bouncer.check_framework.decorator import check, fail


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
