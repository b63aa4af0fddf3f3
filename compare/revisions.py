"""Builds the sample with the code of a revision, and reads from the code which marts there are and their keys."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import yaml


class CompareError(Exception):
    """What stops the comparison, in words for the person at the terminal."""


def git(project_dir, *arguments):
    run = subprocess.run(["git", "-C", str(project_dir), *arguments], capture_output=True, text=True)
    if run.returncode:
        raise CompareError(f"git {' '.join(arguments)}: {run.stderr.strip()}")
    return run.stdout.strip()


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


def build_models(project_dir, folder, export_root):
    """Build seeds and models of the code in project_dir and return the warehouse's path. folder: for dbt's files."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    warehouse = folder / "warehouse.duckdb"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FLARELANE_", "DBT_"))}
    kept = ("FLARELANE_RECIPIENT_HASH_KEY", "FLARELANE_MEMORY_LIMIT", "FLARELANE_THREADS")
    environment |= {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {
        "FLARELANE_EXPORT_ROOT": str(Path(export_root).resolve()),
        "FLARELANE_WAREHOUSE": str(warehouse),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        # The plugins and what they import are those of the code that is built.
        "PYTHONPATH": str(project_dir),
    }
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build"]
    command += ["--resource-type", "model", "--resource-type", "seed"]
    run = subprocess.run(command, cwd=project_dir, env=environment, capture_output=True, text=True)
    if run.returncode:
        raise CompareError(f"dbt build failed:\n{(run.stdout + run.stderr)[-4000:]}")
    return warehouse


def mart_keys(*project_dirs):
    """The marts of all the codes, each with the columns of its key, or None (dict); a later code's key counts."""
    keys = {}
    for project_dir in project_dirs:
        folder = Path(project_dir) / "models" / "marts"
        keys |= {path.stem: None for path in sorted(folder.glob("*.sql")) if path.stem not in keys}
        for path in sorted(folder.glob("*.yml")):
            for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
                for test in model.get("data_tests", []):
                    if isinstance(test, dict) and "unique_combination" in test:
                        keys[model["name"]] = test["unique_combination"]["arguments"]["columns"]
    return keys
