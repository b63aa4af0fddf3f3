"""The docs tell of everything that is there, and of nothing that is not."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import REPOSITORY

OVERVIEW = (REPOSITORY / "models/overview.md").read_text(encoding="utf-8")
PICTURES = sorted((REPOSITORY / "assets").glob("*.svg"))
FORMS_OF_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def docs(sample_build):
    """The manifest and the catalog (dict) of the docs of a built warehouse, and the folder of the page."""
    target = sample_build.warehouse.parent / "target"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FLARELANE_", "DBT_"))}
    environment |= {
        "FLARELANE_EXPORT_ROOT": str(sample_build.export_root),
        "FLARELANE_WAREHOUSE": str(sample_build.warehouse),
        "FLARELANE_RECIPIENT_HASH_KEY": "a key for tests",
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(sample_build.warehouse.parent / "logs"),
    }
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "docs", "generate", "--static"]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True)
    return json.loads((target / "manifest.json").read_text()), json.loads((target / "catalog.json").read_text()), target


def test_every_column_of_the_warehouse_is_described(docs):
    manifest, catalog, _ = docs
    undescribed = [
        f"{relation['metadata']['name']}.{column}"
        for unique_id, relation in catalog["nodes"].items()
        for column in relation["columns"]
        if not manifest["nodes"][unique_id]["columns"].get(column, {}).get("description", "").strip()
    ]

    assert len(catalog["nodes"]) > 40
    assert undescribed == []


def test_every_described_column_is_in_the_warehouse(docs):
    manifest, catalog, _ = docs
    missing = [
        f"{relation['metadata']['name']}.{column}"
        for unique_id, relation in catalog["nodes"].items()
        for column in manifest["nodes"][unique_id]["columns"]
        if column not in relation["columns"]
    ]

    assert missing == []


def test_metrics_and_semantic_models_are_described(docs):
    manifest, _, _ = docs
    described = [*manifest["metrics"].values(), *manifest["semantic_models"].values()]
    described += [part for model in manifest["semantic_models"].values() for part in model["measures"]]

    assert len(manifest["metrics"]) > 20
    assert [one["name"] for one in described if not (one["description"] or "").strip()] == []


def test_links_of_the_overview_lead_somewhere(docs):
    manifest, _, target = docs
    links = re.findall(r"\(#!/\w+/((?:model|seed|source)\.[\w.]+)\)", OVERVIEW)
    pictures = re.findall(r"\((assets/[^)]+)\)", OVERVIEW)

    assert len(links) > 20
    assert [link for link in links if link not in manifest["nodes"] and link not in manifest["sources"]] == []
    assert sorted(pictures) == [f"assets/{path.name}" for path in PICTURES]
    assert all((target / picture).is_file() for picture in pictures)


def test_the_overview_names_every_mart(docs):
    manifest, _, _ = docs
    marts = [node["unique_id"] for node in manifest["nodes"].values() if node["path"].startswith("marts/")]
    marts = [unique_id for unique_id in marts if unique_id.startswith("model.")]

    assert [unique_id for unique_id in marts if unique_id not in OVERVIEW] == []


def test_the_page_does_not_call_home(docs):
    manifest, _, _ = docs

    assert manifest["metadata"]["send_anonymous_usage_stats"] is False


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_can_be_read_out_and_stands_on_a_ground_of_its_own(path):
    """Without a ground, dark text is lost where the page around it is dark."""
    picture = ElementTree.parse(path).getroot()
    parts = {part.get("id"): part for part in picture}
    ground = picture.find(f"{FORMS_OF_SVG}rect")

    assert picture.get("role") == "img"
    assert [parts[name].text.strip() != "" for name in picture.get("aria-labelledby").split()] == [True, True]
    assert ground.get("fill") == "#ffffff"
