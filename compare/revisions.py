"""Builds the sample with the code of a revision, and reads from the code what changed, the marts and their keys."""

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from compare.environment import SHARED, clean_environment
from report.results import TESTS, Run, read_run


class CompareError(Exception):
    """What stops the comparison, in words for the person at the terminal."""


def git(project_dir, *arguments):
    run = subprocess.run(["git", "-C", str(project_dir), *arguments], capture_output=True, text=True)
    if run.returncode:
        raise CompareError(f"git {' '.join(arguments)}: {run.stderr.strip()}")
    return run.stdout.strip()


@dataclass
class ChangedNode:
    """A node of dbt whose code or config differs. what: new, gone, or what of it changed, such as 'SQL, macro'."""

    name: str
    kind: str
    what: str


@contextlib.contextmanager
def checked_out(project_dir, revision, folder):
    """The code of a revision in a git worktree of its own below folder, removed afterwards."""
    commit = git(project_dir, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    path = Path(folder) / "base"
    git(project_dir, "worktree", "add", "--detach", "--quiet", str(path), commit)
    try:
        yield path
    finally:
        git(project_dir, "worktree", "remove", "--force", str(path))


@dataclass
class Build:
    """A build of the export with the code in project_dir; environment: the variables of its dbt."""

    project_dir: Path
    warehouse: Path
    target: Path
    environment: dict
    run: Run


def build_export(project_dir, folder, export_root, arguments=()):
    """Run `dbt build` with the code in project_dir, tests and all, and return the Build.

    folder: for dbt's files. arguments: more of dbt's arguments.
    """
    folder = Path(folder)
    folder.mkdir(parents=True)
    environment = clean_environment(
        SHARED,
        FLARELANE_EXPORT_ROOT=Path(export_root).resolve(),
        FLARELANE_WAREHOUSE=folder / "warehouse.duckdb",
        DBT_TARGET_PATH=folder / "target",
        DBT_LOG_PATH=folder / "logs",
        # The plugins and what they import are those of the code that is built.
        PYTHONPATH=project_dir,
    )
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build", *arguments]
    finished = subprocess.run(command, cwd=project_dir, env=environment, capture_output=True, text=True)
    run = read_run(folder / "target")
    # A test that fails is a result to compare; a model that fails leaves nothing to compare with.
    unbuilt = [result.name for result in run.problems() if result.kind not in TESTS] if run else []
    if run is None or unbuilt:
        output = (finished.stdout + finished.stderr)[-4000:]
        raise CompareError(f"dbt build failed{': ' if unbuilt else ''}{', '.join(unbuilt)}\n{output}")
    return Build(project_dir, folder / "warehouse.duckdb", folder / "target", environment, run)


def changed_nodes(before, after):
    """What dbt finds changed between two builds (list of ChangedNode)."""
    # A process of its own: dbt keeps what it parsed, and reads the environment, once a process.
    finished = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("changed_nodes.py")), str(before.target.resolve())],
        cwd=after.project_dir, env=after.environment, capture_output=True, text=True,
    )  # fmt: skip
    if finished.returncode:
        raise CompareError(f"dbt ls --select state:modified failed:\n{(finished.stdout + finished.stderr)[-4000:]}")
    return [ChangedNode(**node) for node in json.loads(finished.stdout)]


def mart_keys(*project_dirs):
    """The marts of all the codes, each with the columns of its key, or None (dict); a later code's key counts.

    A mart's key is that of its first `unique_combination` test.
    """
    keys = {}
    for project_dir in project_dirs:
        folder = Path(project_dir) / "models" / "marts"
        keys |= {path.stem: None for path in sorted(folder.glob("*.sql")) if path.stem not in keys}
        for path in sorted(folder.glob("*.yml")):
            for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
                tests = [test for test in model.get("data_tests", []) if isinstance(test, dict)]
                unique = [test["unique_combination"] for test in tests if "unique_combination" in test]
                if unique:
                    keys[model["name"]] = unique[0]["arguments"]["columns"]
    return keys
