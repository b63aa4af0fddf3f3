"""What the selectors of selectors.yml build."""

import json

import pytest
from forked_dbt import ForkedDbt

# Every kind of node that a build runs, and the folders of its models.
WHOLE = {"seed", "model", "test"}
SELECTED = {
    "production": (WHOLE, {"staging", "export", "quality", "this_run", "intermediate", "marts", "semantic"}),
    "models": ({"seed", "model"}, {"staging", "export", "quality", "this_run", "intermediate", "marts", "semantic"}),
    "marts_only": ({"seed", "model", "source"}, {"staging", "export", "this_run", "intermediate", "marts"}),
    "unit_tests": ({"unit_test"}, set()),
}


@pytest.mark.parametrize("selector", SELECTED)
def test_a_selector_selects_what_it_says(selector, tmp_path):
    kinds, folders = SELECTED[selector]
    dbt = ForkedDbt(tmp_path)
    process = dbt.start(
        tmp_path,
        tmp_path / "warehouse.duckdb",
        command="ls",
        arguments=[
            "--quiet",
            "--selector",
            selector,
            "--output",
            "json",
            "--output-keys",
            "resource_type",
            "fqn",
            "original_file_path",
        ],
    )
    process.join()
    assert process.exitcode == 0, dbt.output()[-3000:]
    nodes = [json.loads(line) for line in dbt.output().splitlines() if line.startswith("{")]
    assert {node["resource_type"] for node in nodes} == kinds
    assert {node["fqn"][1] for node in nodes if node["resource_type"] == "model"} == folders
    assert not [
        node for node in nodes if node["resource_type"] == "test" and node["original_file_path"].startswith("seeds")
    ]
