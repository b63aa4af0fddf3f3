"""Print what failed or warned in the last run of dbt, and what took longest, from dbt's run_results.json.

Usage: python -m report.results [TARGET] [--exit-code STATUS] [--markdown FILE]; TARGET is dbt's target folder.

dbt exits with 1 both when a model failed and when only the data breaks a rule. --exit-code takes dbt's exit status and
exits with 0 when that is 0, with 1 when only data tests failed, and with 2 otherwise: something was not built.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from report.tables import NONE, Table, append_markdown, markdown_table, number, print_table, terminal

SLOWEST = 10
GOOD = {"success", "pass", "no-op"}
TESTS = {"test", "unit test"}


@dataclass
class Result:
    """What became of one node. kind: model, seed, test, unit test, hook. failures: of a test, else None."""

    name: str
    kind: str
    status: str
    failures: int | None
    seconds: float
    message: str

    @property
    def is_good(self):
        return self.status in GOOD


@dataclass
class Run:
    """One run of dbt. seconds: from its first node to its last."""

    command: str
    finished_at: str
    seconds: float
    results: list

    def problems(self):
        """The results that are not good, the worst first; what was skipped for them comes last."""
        order = ["error", "runtime error", "fail", "warn", "partial success", "skipped"]
        bad = [result for result in self.results if not result.is_good]
        return sorted(bad, key=lambda result: (order.index(result.status), -(result.failures or 0), result.name))


def exit_code(status, run):
    """Tell data that breaks a rule, 1, from what was not built, 2 (int). status: dbt's own; run: Run or None.

    dbt's status comes first: what was interrupted or did not start leaves no failure in the results, or older ones.
    """
    if status != 1 or run is None:
        return 2 if status else 0
    failed = [result for result in run.problems() if result.status != "warn"]
    only_data = failed and all(result.kind == "test" and result.status == "fail" for result in failed)
    return 1 if only_data else 2


def read_run(target):
    """The last run of dbt with this target folder (Run), or None where there is none, or only part of its results."""
    path = Path(target) / "run_results.json"
    if not path.is_file():
        return None
    try:
        artifact = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    results = []
    for node in artifact["results"]:
        kind, _, name = node["unique_id"].split(".", 2)
        kind = {"operation": "hook"}.get(kind, kind).replace("_", " ")
        # After a generic test's name comes a hash.
        name = name.split(".")[0] if kind == "test" else name
        failures = node["failures"] if kind in TESTS and node["status"] != "skipped" else None
        results.append(
            Result(name, kind, node["status"], failures, node["execution_time"], (node["message"] or "").strip())
        )
    metadata = artifact["metadata"]
    return Run(artifact["args"]["which"], metadata["generated_at"][:16], artifact["elapsed_time"], results)


def sentence(run):
    """The run in one sentence (str)."""
    counts = {"failed": 0, "warned": 0, "skipped": 0}
    for result in run.problems():
        counts[{"warn": "warned", "skipped": "skipped"}.get(result.status, "failed")] += 1
    parts = [f"{count} {what}" for what, count in counts.items() if count] or ["nothing failed or warned"]
    return f"`dbt {run.command}`: {len(run.results)} nodes in {run.seconds:.1f} s, {', '.join(parts)}."


def tables(run):
    """What failed, warned or was skipped, and what took longest (list of Table)."""
    found = []
    problems = run.problems()
    if problems:
        # A test that failed says the number of rows; its message would repeat it.
        rows = [
            [
                result.name,
                result.kind,
                result.status,
                NONE if result.failures and result.kind == "test" else first_line(result.message),
                number(result.failures),
            ]
            for result in problems
        ]
        found.append(Table("Failed, warned, skipped", ["node", "kind", "status", "message", "failures"], rows, texts=4))
    slowest = sorted(run.results, key=lambda result: -result.seconds)[:SLOWEST]
    total = sum(result.seconds for result in run.results) or 1
    rows = [
        [result.name, result.kind, f"{result.seconds:.2f} s", f"{result.seconds / total:.0%}"] for result in slowest
    ]
    return [*found, Table("Slowest", ["node", "kind", "time", "share"], rows, texts=2)]


def first_line(message):
    """The first line of a message that says something (str): dbt's errors open with a line that names the node."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].endswith(")"):
        lines = lines[1:]
    return lines[0][:160] if lines else NONE


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m report.results", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "target",
        nargs="?",
        default=os.environ.get("DBT_TARGET_PATH") or "target",
        help="dbt's target folder (default: DBT_TARGET_PATH, else target)",
    )
    parser.add_argument(
        "--exit-code",
        type=int,
        metavar="STATUS",
        help="dbt's exit status: exit with 1 if only data tests failed, else 2",
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="append the tables to this file as Markdown")
    options = parser.parse_args(arguments)
    run = read_run(options.target)
    if options.exit_code not in (None, 0, 1):
        print(f"dbt ended with {options.exit_code}: it did not start, or was stopped. Its own message says why.")
        if run is not None:
            print("What follows is of an earlier run, or of what was done before it was stopped.")
    if run is None:
        text = f"No run of dbt in {options.target}: it was not started, or stopped before its first node or its end."
        parts = [text]
        print(text)
    else:
        text = sentence(run)
        parts = [text, *map(markdown_table, tables(run))]
        console = terminal()
        console.print(f"{text} Finished {run.finished_at.replace('T', ' ')} UTC.\n")
        for table in tables(run):
            print_table(console, table)
            console.print()
    if options.markdown:
        append_markdown(options.markdown, ["## The build", *parts])
    return 0 if options.exit_code is None else exit_code(options.exit_code, run)


if __name__ == "__main__":
    sys.exit(main())
