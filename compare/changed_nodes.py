"""Prints as JSON which nodes of the project in the working folder are new, gone or modified: python FILE BASE_TARGET.

dbt judges what is modified (its selector `state:modified`), with the artifacts of the base in BASE_TARGET. One process
asks for each way to be modified, and dbt parses once.
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner

# What none of the other ways names: the given rows of a unit test, the fields of a metric.
OTHERWISE = "definition"
WAYS = {
    "state:modified.body": "SQL",
    "state:modified.macros": "macro",
    "state:modified.configs": "config",
    "state:modified.contract": "contract",
    "state:modified.relation": "relation",
    "state:modified": OTHERWISE,
}
KINDS = ("model", "seed", "test", "unit_test", "source", "exposure", "semantic_model", "metric")


def asked(runner, selector, base_target):
    """The nodes that dbt selects (set of str, their unique ids)."""
    words = ["--quiet", "ls", "--select", selector, "--state", base_target, "--output", "json"]
    # A test is asked about itself; by default dbt selects it with the model that it tests.
    listed = runner.invoke([*words, "--output-keys", "unique_id", "--indirect-selection", "empty"])
    if not listed.success:
        sys.exit(str(listed.exception))
    return {json.loads(line)["unique_id"] for line in listed.result}


def known(target):
    """All nodes of the manifest in a target folder (set of str, their unique ids)."""
    manifest = json.loads((Path(target) / "manifest.json").read_text(encoding="utf-8"))
    sections = ("nodes", "unit_tests", "sources", "exposures", "metrics", "semantic_models")
    return {node for section in sections for node in manifest[section]}


def name(node):
    """A node's name; a unit test's begins with its model, and a generic test has a hash after it (str)."""
    parts = node.split(".")
    return ".".join(parts[2:]) if parts[0] == "unit_test" else parts[2]


def main(base_target):
    """The changed nodes (list of dict): name, kind, and what of them changed."""
    # What dbt prints is no part of the answer.
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        parsed = dbtRunner().invoke(["--quiet", "parse"])
        if not parsed.success:
            sys.exit(f"{parsed.exception or ''}\n{printed.getvalue()}")
        runner = dbtRunner(manifest=parsed.result)
        new = asked(runner, "state:new", base_target)
        ways = {what: asked(runner, way, base_target) - new for way, what in WAYS.items()}

    changed = {node: ["new"] for node in new}
    changed |= {node: ["gone"] for node in known(base_target) - known(os.environ["DBT_TARGET_PATH"])}
    for what, found in ways.items():
        for node in found:
            if what != OTHERWISE or node not in changed:
                changed.setdefault(node, []).append(what)
    kinds = {node: node.split(".")[0] for node in changed}
    return [
        {"name": name(node), "kind": kinds[node].replace("_", " "), "what": ", ".join(changed[node])}
        for node in sorted(changed, key=lambda node: (KINDS.index(kinds[node]), node))
        if kinds[node] in KINDS
    ]


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
