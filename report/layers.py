"""Run dbt, and print a line a layer with its time and rows, and what dbt says that is no routine.

Usage: python -m report.layers [dbt's arguments]; the default is `build`. The exit status is dbt's. What dbt says of
each node is in dbt.log, in the folder DBT_LOG_PATH or logs.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb

from report.tables import Table, number, print_table, terminal

# What is said of each node as it begins and ends, and of the run as it begins.
ROUTINE = {
    "MainReportVersion", "AdapterRegistered", "UnableToPartialParse", "FoundStats", "ConcurrencyLine",
    "LogHookStartLine", "LogHookEndLine", "LogNodeNoOpResult", "FinishedRunningStats", "SQLCompiledPath", "Formatting",
    "EndOfRunSummary",
}  # fmt: skip
RESULTS = {"LogSeedResult", "LogModelResult", "LogTestResult"}
# As the data flows.
LAYERS = ["seeds", "export", "staging", "quality", "this_run", "intermediate", "marts", "semantic", "data tests"]


def layer_of(node):
    """The layer of a node of dbt's events (dict with resource_type and node_path), as a text."""
    kind, folder = node["resource_type"], node["node_path"].split("/")[0]
    return {"seed": "seeds", "test": "data tests", "unit_test": "unit tests"}.get(kind, folder)


def rows_of(warehouse):
    """Return {relation: rows} of the tables of a warehouse (Path), as DuckDB knows them without a scan; or {}."""
    if not warehouse.is_file():
        return {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return dict(connection.execute("select table_name, estimated_size from duckdb_tables()").fetchall())


def main(arguments=None):
    """Run dbt and print. arguments: list of str, or None for sys.argv. Returns the exit status."""
    arguments = (sys.argv[1:] if arguments is None else arguments) or ["build"]
    console = terminal()
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "--log-format", "json", *arguments]
    counts, seconds, models, stats = Counter(), Counter(), {}, ""
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as dbt,
        console.status(f"dbt {' '.join(arguments)}") as status,
    ):
        for line in dbt.stdout:
            try:
                event = json.loads(line)
                info, data = event["info"], event["data"]
            except (ValueError, KeyError, TypeError):
                console.print(line.rstrip())
                continue
            node = data.get("node_info") or {}
            if info["name"] in RESULTS:
                layer = layer_of(node)
                counts[layer] += 1
                seconds[layer] += data.get("execution_time", 0)
                if node["resource_type"] in ("model", "seed"):
                    models.setdefault(layer, []).append(node["node_relation"]["alias"])
            elif info["name"] == "LogStartLine":
                status.update(f"{data['index']} of {data['total']}: {node.get('node_name', '')}")
            elif info["name"] == "StatsLine":
                stats = info["msg"]
            elif info["name"] not in ROUTINE:
                console.print(info["msg"])
    if counts:
        held = rows_of(Path(os.environ.get("FLARELANE_WAREHOUSE", "warehouse/flarelane.duckdb")))
        rows = []
        for layer in sorted(counts, key=lambda layer: LAYERS.index(layer) if layer in LAYERS else len(LAYERS)):
            stored = sum(held.get(name, 0) for name in models.get(layer, ()))
            rows.append([layer, number(counts[layer]), number(stored or None), f"{seconds[layer]:.1f} s"])
        print_table(console, Table("What was built and tested", ["layer", "nodes", "rows stored", "time"], rows))
    console.print(f"{stats} All that dbt said is in {os.environ.get('DBT_LOG_PATH', 'logs')}/dbt.log.".strip())
    return dbt.returncode


if __name__ == "__main__":
    sys.exit(main())
