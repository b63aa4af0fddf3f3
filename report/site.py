"""Make the site that stakeholders look at: the funnel report, the dbt docs, and the marts as spreadsheets.

Usage: python -m report.site [WAREHOUSE] [--site FOLDER]; the warehouse is opened read-only. The default is
FLARELANE_WAREHOUSE, else warehouse/flarelane.duckdb, else FLARELANE_PUBLISHED_WAREHOUSE. `make site` calls it.

The site is a folder of plain files, which any web server can hand out and which opens from the disk as well.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import yaml

from codegen.facts import read_facts
from report.funnel_picture import draw_funnels
from report.lineage import draw_lineage
from report.page_file import make_page
from report.site_data import masked, pack
from report.warehouse import open_warehouse

REPOSITORY = Path(__file__).parents[1]
# The models of the exposure that describes these files, so that the docs and the folder name the same.
EXPOSURES = yaml.safe_load((REPOSITORY / "models" / "exposures.yml").read_text("utf-8"))["exposures"]
FOR_SPREADSHEETS = [
    re.fullmatch(r"ref\('(\w+)'\)", reference)[1]
    for exposure in EXPOSURES
    if exposure["name"] == "funnel_files"
    for reference in exposure["depends_on"]
]
# A cell of text that begins with one of these is a formula to Excel and LibreOffice, the full-width ones in Korean and
# Japanese versions.
BEGINS_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
# By it Excel knows that a file is UTF-8, and shows Korean.
BYTE_ORDER_MARK = "\ufeff"
# What a site consists of, and what an interrupted run leaves of the next.
UNFINISHED = ".unfinished"
PARTS = {"index.html", "docs", "data", UNFINISHED}


def find_warehouse(named=None):
    """Return the warehouse's path; exit with a message where there is none."""
    own = Path(named or os.environ.get("FLARELANE_WAREHOUSE") or REPOSITORY / "warehouse" / "flarelane.duckdb")
    published = os.environ.get("FLARELANE_PUBLISHED_WAREHOUSE")
    for path in (own, Path(published) if published and not named else own):
        if path.is_file():
            return path.resolve()
    raise SystemExit(f"No warehouse at {own}: run `make build` or `dbt build` first, or set FLARELANE_WAREHOUSE.")


def write_docs(warehouse, site):
    """Write the dbt docs as one page, and its pictures beside it."""
    # A folder of its own: with another profile dbt would parse everything again, here and in the next build.
    target = Path(os.environ.get("DBT_TARGET_PATH", REPOSITORY / "target")) / "docs"
    environment = os.environ | {
        "FLARELANE_WAREHOUSE": str(warehouse),
        "FLARELANE_ACCESS_MODE": "read_only",
        "DBT_TARGET_PATH": str(target),
    }
    dbt = Path(sys.executable).with_name("dbt")
    run = subprocess.run(
        [str(dbt), "--quiet", "docs", "generate"], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    if run.returncode:
        raise SystemExit(f"dbt docs generate failed:\n{run.stdout}{run.stderr}")
    docs = site / "docs"
    shutil.copytree(target / "assets", docs / "assets")
    manifest, catalog = (json.loads((target / name).read_text("utf-8")) for name in ("manifest.json", "catalog.json"))
    add_lineage(manifest, docs)
    hide_tests(manifest)
    page = (target / "index.html").read_text("utf-8")
    style = (Path(__file__).parent / "docs.css").read_text("utf-8")
    # What `dbt docs generate --static` does, with more in it.
    for place, text in {
        '"MANIFEST.JSON INLINE DATA"': json.dumps(manifest),
        '"CATALOG.JSON INLINE DATA"': json.dumps(catalog),
        "</head>": f"<style>\n{style}</style></head>",
    }.items():
        if page.count(place) != 1:
            raise SystemExit(
                f"dbt's docs page has no place for {place}: this dbt is another one than report/site.py knows"
            )
        page = page.replace(place, text)
    (docs / "index.html").write_text(page, "utf-8")


def hide_tests(manifest):
    """Take tests out of the page's picture of the lineage, where there are more of them than of models.

    It leaves out the tests of YAML, which it knows by their `test_metadata`. Unit tests stand on no model's page.
    """
    manifest["unit_tests"] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            node.setdefault("test_metadata", {"name": node["name"], "kwargs": {}, "namespace": None})


def add_lineage(manifest, docs):
    """Draw what each mart is made of into a folder (path), and show it in the mart's description in the manifest."""
    (docs / "assets" / "lineage").mkdir()
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["path"].startswith("marts/"):
            picture = f"assets/lineage/{node['name']}.svg"
            (docs / picture).write_text(draw_lineage(manifest, unique_id), "utf-8")
            node["description"] += f"\n\n![What {node['name']} is made of]({picture})"


def text_cell(column):
    """Return SQL of a column's text as a cell of a spreadsheet: text even where it looks like a formula."""
    return f"case when regexp_matches({column}, '{BEGINS_FORMULA}') then chr(39) || {column} else {column} end"


def write_spreadsheets(connection, site):
    """Write the marts as Parquet and CSV. Returns a dict of model to its number of rows.

    In CSV an apostrophe goes before a text that a spreadsheet would take as a formula; Parquet has every text as it is.
    """
    folder = site / "data"
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for model in FOR_SPREADSHEETS:
        types = {column[0]: column[1] for column in connection.execute(f"describe {model}").fetchall()}
        names = list(types)
        columns = ", ".join(f"{masked('error')} as error" if name == "error" else name for name in names)
        rows = f"select {columns} from {model} order by all"
        [files[model]] = connection.execute(
            f"copy ({rows}) to $path (format parquet)", {"path": f"{folder / model}.parquet"}
        ).fetchone()
        header = f'"{BYTE_ORDER_MARK}{names[0]}"'
        cells = ", ".join(f"{text_cell(name)} as {name}" if types[name] == "VARCHAR" else name for name in names)
        connection.execute(
            f"copy (select {names[0]} as {header}, * exclude ({names[0]}) from (select {cells} from ({rows})))"
            " to $path (format csv, header)",
            {"path": f"{folder / model}.csv"},
        )
    return files


def make_site(warehouse, site):
    """Make the site again in a folder: the old one goes when the new one is complete. warehouse, site: paths.

    Exits with a message where the folder holds something else.
    """
    if site.exists() and not (site.is_dir() and {path.name for path in site.iterdir()} <= PARTS):
        raise SystemExit(f"{site} holds something else than a site: it stays as it is. Name another folder.")
    # In the folder itself, which may be a mount, or lie where nothing else may be written.
    new = site / UNFINISHED
    shutil.rmtree(new, ignore_errors=True)
    write_site(warehouse, new)
    for part in sorted(new.iterdir()):
        if part.is_dir():
            shutil.rmtree(site / part.name, ignore_errors=True)
        part.rename(site / part.name)
    new.rmdir()


def write_site(warehouse, site):
    """Write the site into a new folder. warehouse, site: paths."""
    facts = read_facts(REPOSITORY / "seeds")
    with open_warehouse(warehouse) as connection:
        try:
            site.mkdir(parents=True)
            (site / "index.html").write_text(
                make_page(pack(connection, facts), write_spreadsheets(connection, site)), "utf-8"
            )
            picture = draw_funnels(connection, facts)
        except duckdb.CatalogException as error:
            raise SystemExit(
                f"{warehouse} lacks a model: {str(error).splitlines()[0]} Run `dbt build` to the end first."
            ) from None
    write_docs(warehouse, site)
    # The docs show the funnel of a made-up campaign; here the real numbers are at hand.
    if (site / "docs" / "assets" / "funnel.svg").is_file():
        (site / "docs" / "assets" / "funnel.svg").write_text(picture, "utf-8")


def main():
    """Read the command line and make the site."""
    parser = argparse.ArgumentParser(
        prog="python -m report.site", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("warehouse", nargs="?", help="DuckDB file")
    parser.add_argument("--site", type=Path, default=REPOSITORY / "target" / "site", help="folder to write")
    arguments = parser.parse_args()
    make_site(find_warehouse(arguments.warehouse), arguments.site.resolve())
    size = (arguments.site / "index.html").stat().st_size / 1e6
    print(f"{arguments.site / 'index.html'}: the report ({size:.1f} MB); docs/index.html: models and columns.")


if __name__ == "__main__":
    main()
