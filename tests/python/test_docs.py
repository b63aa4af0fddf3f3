"""The docs tell of everything that is there, and of nothing that is not."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from conftest import REPOSITORY
from environments import dbt_environment

OVERVIEW = (REPOSITORY / "models/overview.md").read_text(encoding="utf-8")
KOREAN_OVERVIEW = (REPOSITORY / "models/overview.ko.md").read_text(encoding="utf-8")
PICTURES = sorted((REPOSITORY / "assets").glob("*.svg"))
FORMS_OF_SVG = "{http://www.w3.org/2000/svg}"
# Pages for people who read the repository. Those of models/ belong to the site, where other links hold.
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md"), *REPOSITORY.glob("macros/**/*.md")])


@pytest.fixture(scope="module")
def docs(sample_build):
    """The manifest and the catalog (dict) of the docs of a built warehouse, and the folder of the page."""
    folder = sample_build.warehouse.parent
    target = folder / "target"
    environment = dbt_environment(folder, sample_build.export_root, FLARELANE_WAREHOUSE=sample_build.warehouse)
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


def anchors(text):
    """The anchors (set of str) that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page):
    """The relative links (list of str) of a page (path) that lead to no file or heading."""
    text = page.read_text(encoding="utf-8")
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if re.match(r"\w+:", link):
            continue
        if not target.exists() or anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            dead.append(link)
    return dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_relative_links_of_a_page_lead_to_a_file_and_a_heading(page):
    assert dead_links(page) == []


def test_a_dead_link_is_found(tmp_path):
    (tmp_path / "there.md").write_text("# Let readers read: a `copy`\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n[a](there.md) [b](there.md#let-readers-read-a-copy) [c](#here) [d](https://example.com/x) "
        "![e](no.png) [f](gone.md) [g](there.md#no-heading) [h](#nowhere)\n"
    )
    assert dead_links(page) == ["no.png", "gone.md", "there.md#no-heading", "#nowhere"]


def test_every_page_of_the_docs_is_reached_from_the_readme():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    pages = [page.name for page in PAGES if page.parent == REPOSITORY / "docs"]
    assert len(pages) > 5
    assert [name for name in pages if f"(docs/{name})" not in readme] == []


def test_the_readme_names_every_public_model():
    """Its table pairs each with its question; channels share a row, and so do both tables' rejected rows."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    folders = ("marts", "export", "quality")
    models = [path.stem for folder in folders for path in REPOSITORY.glob(f"models/{folder}/*.sql")]
    assert len(models) > 30
    assert [model for model in models if f"`{model}`" not in readme] == []


def commands(text):
    """A page's code blocks (list of str), without comments: these are in the page's language."""
    blocks = re.findall(r"^```.*?^```$|(?:^ {4}[^\n]*\n)+", text, flags=re.M | re.S)
    return [re.sub(r" +# .*", "", block) for block in blocks]


def table_rows(text):
    """What each row of a page's tables is about (list of tuple of str): the names and link targets in it."""
    rows = re.findall(r"^\|.*\|$", text, flags=re.M)
    return [tuple(re.findall(r"`[^`]+`|\]\([^)]+\)|---", row)) for row in rows]


def out_of_step(text, translated):
    """In what (list of str) a translated page differs from its original, headings by their level."""
    parts = {
        "commands": commands,
        "tables": table_rows,
        "headings": lambda page: re.findall(r"^#+(?= )", re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S), re.M),
        "links and pictures": lambda page: set(re.findall(r"\]\(((?!README|#!/overview(?:/ko)?\))[^)]+)\)", page)),
        "names in code": lambda page: set(re.findall(r"(?<!`)`[^`\n]+`(?!`)", page)),
    }
    return [name for name, part in parts.items() if part(text) != part(translated)]


def test_the_korean_readme_has_what_the_english_one_has():
    text, translated = ((REPOSITORY / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))

    assert out_of_step(text, translated) == []
    assert "(README.ko.md)" in text and "(README.md)" in translated
    assert len(commands(text)) > 4 and len(table_rows(text)) > 50


def test_the_korean_overview_has_what_the_english_one_has():
    text = OVERVIEW.split("{% enddocs %}")[0]

    assert out_of_step(text, KOREAN_OVERVIEW) == []
    assert "(#!/overview/ko)" in text and "(#!/overview)" in KOREAN_OVERVIEW


@pytest.mark.parametrize(
    ("translated", "differs"),
    [
        ("# 제목\n\n    make all  # 모두\n\n| 모델 | 질문 |\n|---|---|\n| `a` | 무엇? |\n\n[나](b.md)\n", []),
        ("# 제목\n\n    make most\n\n| 모델 | 질문 |\n|---|---|\n| `a` | 무엇? |\n\n[나](b.md)\n", ["commands"]),
        ("# 제목\n\n    make all\n\n| 모델 | 질문 |\n|---|---|\n\n`a` [나](b.md)\n", ["tables"]),
        ("## 제목\n\n    make all\n\n| 모델 | 질문 |\n|---|---|\n| `a` | ? |\n\n[나](b.md)\n", ["headings"]),
        ("# 제목\n\n    make all\n\n| 모델 | 질문 |\n|---|---|\n| `a` | ? |\n", ["links and pictures"]),
        ("# 제목\n\n    make all\n\n| 모델 | 질문 |\n|---|---|\n| `a` | ? |\n\n`b` [나](b.md)\n", ["names in code"]),
    ],
)
def test_a_translation_out_of_step_is_found(translated, differs):
    text = "# Title\n\n    make all  # of it\n\n| model | question |\n|---|---|\n| `a` | What? |\n\n[b](b.md)\n"
    assert out_of_step(text, translated) == differs


def test_an_exposure_names_a_model_once():
    exposures = yaml.safe_load((REPOSITORY / "models/exposures.yml").read_text(encoding="utf-8"))["exposures"]
    assert [one["name"] for one in exposures if len(set(one["depends_on"])) < len(one["depends_on"])] == []


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
