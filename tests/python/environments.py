"""The environment of processes that tests start: nothing of whoever runs the tests, and what a build needs."""

from compare.environment import clean_environment


def dbt_environment(folder, export_root, **settings):
    """Return the environment of dbt on an export (path), whose files go to a folder (path). settings: more of it.

    DuckDB gets one thread: tests run side by side, and the exports are too small for more than one.
    """
    return clean_environment(
        FLARELANE_THREADS=1,
        FLARELANE_EXPORT_ROOT=export_root,
        FLARELANE_RECIPIENT_HASH_KEY="a key for tests",
        DBT_TARGET_PATH=folder / "target",
        DBT_LOG_PATH=folder / "logs",
        **settings,
    )
