"""Check what changed since a revision, in about a minute: lint it, build it and what lies downstream, run its tests.

Usage: python -m check [--base REVISION]. What changed is what differs from where this branch left the base, committed
or not, and what is not tracked yet. The three parts run at the same time. dbt builds the sample into target/check,
where the warehouse is kept for the next time.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from check.what_belongs import dbt_selection, linters, python_tests
from compare.environment import SHARED, clean_environment
from compare.revisions import CompareError, checked_out

PROJECT_DIR = Path(__file__).parent.parent
FOLDER = PROJECT_DIR / "target" / "check"
SAMPLE = "sample/export"


def git(*arguments):
    """Return the lines (list of str) that a git command prints. Raises CompareError where it fails."""
    run = subprocess.run(["git", *arguments], cwd=PROJECT_DIR, capture_output=True, text=True)
    if run.returncode:
        raise CompareError(run.stderr.strip())
    return run.stdout.splitlines()


def changed_files(base):
    """Return the files that differ from a revision or are new, and those that were deleted (two lists of str)."""
    deleted = git("diff", "--name-only", "--no-renames", "--diff-filter=D", base)
    differing = git("diff", "--name-only", "--no-renames", "--diff-filter=d", base)
    return sorted({*differing, *git("ls-files", "--others", "--exclude-standard")}), deleted


def run(commands, environment=None):
    """Run commands (list of list of str) until one fails; return whether none did, the output and the seconds."""
    output, start = [], time.monotonic()
    for command in commands:
        output.append(f"$ {' '.join(command)}\n")
        done = subprocess.run(
            command, cwd=PROJECT_DIR, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )  # fmt: skip
        output.append(done.stdout)
        if done.returncode:
            return False, "".join(output), time.monotonic() - start
    return True, "".join(output), time.monotonic() - start


def state_of(base):
    """Return the folder (Path) with dbt's manifest of a revision, which is parsed once."""
    folder = FOLDER / "state" / base
    if (folder / "manifest.json").exists():
        return folder
    shutil.rmtree(FOLDER / "state", ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix="check-") as temporary,
        checked_out(PROJECT_DIR, base, temporary) as base_dir,
    ):
        command = ["dbt", "--quiet", "parse", "--target-path", str(folder), "--log-path", str(FOLDER / "logs")]
        done = subprocess.run(command, cwd=base_dir, env=environment(), text=True, capture_output=True)
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise CompareError(f"dbt parse of {base} failed:\n{done.stdout[-3000:]}")
    return folder


def environment():
    """Return the environment (dict) of a build of the sample into target/check."""
    return clean_environment(
        SHARED,
        FLARELANE_EXPORT_ROOT=PROJECT_DIR / SAMPLE,
        FLARELANE_WAREHOUSE=FOLDER / "warehouse.duckdb",
        DBT_TARGET_PATH=FOLDER / "target",
        DBT_LOG_PATH=FOLDER / "logs",
    )


def build_commands(selection, base):
    """Return the commands (list of list of str) that build what changed. selection: of dbt_selection()."""
    if selection is None:
        return []
    if selection == "everything":
        return [["dbt", "build"]]
    commands = [] if (FOLDER / "warehouse.duckdb").exists() else [["dbt", "build", "--selector", "models"]]
    # Upstream of what changed are models of another branch, if that was checked last: to rebuild them costs
    # nothing where they are up to date. Their tests stay out.
    upstream = [f"+state:modified,resource_type:{kind}" for kind in ("seed", "model")]
    select = ["dbt", "build", "--state", str(state_of(base)), "--indirect-selection", "empty"]
    return [*commands, [*select, "--select", "state:modified+", *upstream]]


def main(arguments=None):
    """Run the command line. arguments: list of str, or None for sys.argv. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m check", description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="main", help="what to compare with (default %(default)s)")
    options = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        base = git("merge-base", options.base, "HEAD")[0]
        files, deleted = changed_files(base)
        FOLDER.mkdir(parents=True, exist_ok=True)
        tests = [test for test in python_tests([*files, *deleted]) if test not in deleted]
        parts = {
            "lint": (linters(files, deleted), None),
            "build": (build_commands(dbt_selection([*files, *deleted]), base), environment()),
            "tests": ([[sys.executable, "-m", "pytest", "-q", *tests]] if tests else [], None),
        }
    except CompareError as error:
        print(f"check: {error}", file=sys.stderr)
        return 2
    print(f"{len(files) + len(deleted)} files differ from {options.base} ({base[:9]})", flush=True)
    failed = []
    with ThreadPoolExecutor() as pool:
        running = {name: pool.submit(run, *part) for name, part in parts.items() if part[0]}
        for name, future in running.items():
            succeeded, output, seconds = future.result()
            failed += [] if succeeded else [name]
            lines = output.splitlines()
            shown = lines if not succeeded else [*(line for line in lines if line.startswith("$ ")), *lines[-1:]]
            print(f"\n{name}: {'good' if succeeded else 'FAILED'}, {seconds:.0f} s", *shown, sep="\n  ", flush=True)
    print(f"\n{time.monotonic() - start:.0f} s. " + (f"Failed: {', '.join(failed)}" if failed else "All is well."))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
