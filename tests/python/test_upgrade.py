"""A warehouse that the last release built is brought up to date by the code here, as by a full refresh.

compare/releases.csv names the releases, each with its revision.
"""

import csv
import re
import shutil
import subprocess

import duckdb
import pytest
import yaml
from conftest import REPOSITORY
from forked_dbt import ForkedDbt
from mutate_export import ExportMutator
from test_builds_mirror_the_export import differences

from compare.revisions import build_export, checked_out
from sample_export import generate

# What a release left in the warehouse and nothing reads any more; CHANGELOG.md says so.
LEFT_BEHIND = {"build_state": "BASE TABLE"}


def releases():
    """Return the revision (str) of each release by its version (dict), the oldest first."""
    with (REPOSITORY / "compare/releases.csv").open(encoding="utf-8", newline="") as file:
        return {row["version"]: row["revision"] for row in csv.DictReader(file)}


def changelog():
    """Return the changelog's versions (list of str), the newest first, and the rows of its table (list of list)."""
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    return re.findall(r"^## ([0-9.]+)", text, re.MULTILINE), rows[1:]


def columns(warehouse):
    """Return the types of a warehouse's columns (dict of dict of str), by relation and column."""
    found = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for relation, column, data_type in connection.execute(
            "select table_name, column_name, data_type from information_schema.columns"
        ).fetchall():
            found.setdefault(relation, {})[column] = data_type
    return found


def relations(warehouse):
    """Return the kind (str) of each relation of a warehouse (dict)."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return dict(connection.execute("select table_name, table_type from information_schema.tables").fetchall())


class Upgrade:
    """An export that the last release built and that changed since, and the code here on it."""

    def __init__(self, original, folder, revision):
        self.mutator = ExportMutator(original, folder / "export", seed=1)
        self.folder, self.export, self.dbt = folder, folder / "export", ForkedDbt(folder)
        self.warehouse = folder / "upgraded" / "warehouse.duckdb"
        without_tests = ("--exclude", "resource_type:test", "resource_type:unit_test")
        with checked_out(REPOSITORY, revision, folder) as code:
            build_export(code, folder / "upgraded", self.export, without_tests)
        self.released = folder / "released.duckdb"
        shutil.copy(self.warehouse, self.released)
        for change in (self.mutator.arrive, self.mutator.replace, self.mutator.delete):
            change()
        self.dbt.build(self.export, self.warehouse)

    def refreshed(self):
        """Build the export as it is into a new warehouse; return its path."""
        fresh = self.folder / f"fresh{len(list(self.folder.glob('fresh*')))}" / "warehouse.duckdb"
        self.dbt.build(self.export, fresh, full_refresh=True)
        return fresh


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory):
    version, revision = list(releases().items())[-1]
    known = subprocess.run(
        ["git", "-C", str(REPOSITORY), "cat-file", "-e", f"{revision}^{{commit}}"], capture_output=True
    )
    if known.returncode:
        pytest.skip(f"Release {version} is not in this clone: git fetch --depth 1 origin {revision}")
    folder = tmp_path_factory.mktemp("upgrade")
    generate(folder / "original", seed=5, projects=2, days=6, messages_per_day=30, dirt=0.1)
    with pytest.MonkeyPatch.context() as patch:
        # That of the builds of ForkedDbt.
        patch.setenv("FLARELANE_RECIPIENT_HASH_KEY", "a key for tests")
        return Upgrade(folder / "original", folder, revision)


def test_a_warehouse_of_the_last_release_becomes_what_a_full_refresh_builds(upgrade):
    fresh = upgrade.refreshed()
    assert differences(upgrade.warehouse, fresh) == []
    assert relations(upgrade.warehouse) == relations(fresh) | LEFT_BEHIND
    upgraded = columns(upgrade.warehouse)
    assert {name: upgraded[name] for name in columns(fresh)} == columns(fresh)

    # From then on only what changes is built.
    upgrade.mutator.arrive()
    upgrade.dbt.build(upgrade.export, upgrade.warehouse)
    assert "its code or settings changed" not in upgrade.dbt.output()
    assert differences(upgrade.warehouse, upgrade.refreshed()) == []


def test_the_changelog_names_every_model_whose_columns_changed_since_the_last_release(upgrade):
    released, here = columns(upgrade.released), columns(upgrade.warehouse)
    nodes = upgrade.dbt.project().nodes.values()
    # Private models are for the models of this project alone.
    models = {node.alias for node in nodes if node.resource_type == "model" and node.access != "private"}
    changed = {name for name in models if released.get(name) != here.get(name)}
    _, rows = changelog()
    named = {name for version, models, *_ in rows if version == "next" for name in re.findall(r"`(\w+)`", models)}
    assert changed - named == set()
    assert models & set(released)


def test_every_version_of_the_changelog_is_a_release():
    versions, rows = changelog()
    # A version becomes a release with the commit after it: only the newest may still lack its revision.
    assert set(versions[1:]) <= set(releases()) <= set(versions)
    assert yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text(encoding="utf-8"))["version"] == versions[0]
    assert {row[0] for row in rows} <= {*versions, "next"}
