"""The environment of builds beside the user's own: with the settings that they are given, and none of the user's."""

import os

# Those of dbt, of this project (a published copy, a forget list) and of the store.
SETTINGS = ("FLARELANE_", "DBT_", "AWS_")
# What a build of the user's machine may share with the user's own: the key of the hashes, and how much it may take.
SHARED = ("FLARELANE_RECIPIENT_HASH_KEY", "FLARELANE_MEMORY_LIMIT", "FLARELANE_THREADS")


def clean_environment(shared=(), **settings):
    """Return this process's environment (dict) without its settings, but for shared ones (names) and those given."""
    kept = {name: value for name, value in os.environ.items() if name in shared or not name.startswith(SETTINGS)}
    return kept | {name: str(value) for name, value in settings.items()}
