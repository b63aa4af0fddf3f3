"""Compare the marts before and after a change, on the same export.

`python -m compare --base main` builds the export with the code of main and with the code here, each into a temporary
warehouse. `python -m compare BEFORE.duckdb AFTER.duckdb` compares two warehouses that are there.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from compare.revisions import CompareError, build_models, checked_out, mart_keys
from compare.tables import markdown, print_tables
from compare.warehouses import compare_warehouses

PROJECT_DIR = Path(__file__).parent.parent


def compare_with_revision(console, base, export_root):
    """Build the export with the base's code and with the code here, and compare (list of MartDifference)."""
    with (
        tempfile.TemporaryDirectory(prefix="compare-") as folder,
        checked_out(PROJECT_DIR, base, folder) as base_dir,
    ):
        warehouses = []
        for name, project_dir in (("before", base_dir), ("after", PROJECT_DIR)):
            console.print(f"Building the export as of {base if name == 'before' else 'here'}")
            warehouses.append(build_models(project_dir, Path(folder) / name, export_root))
        return compare_warehouses(*warehouses, mart_keys(base_dir, PROJECT_DIR))


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("warehouses", nargs="*", type=Path, metavar="WAREHOUSE", help="two: before and after")
    parser.add_argument("--base", help="git revision to compare the code here with")
    parser.add_argument("--export-root", default="sample/export", help="export to build (default %(default)s)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too, as Markdown")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 where the marts differ")
    options = parser.parse_args(arguments)
    if len(options.warehouses) != (0 if options.base else 2):
        parser.error("name either --base REVISION or two warehouses")

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    try:
        if options.base:
            title = f"{options.base} against the code here"
            marts = compare_with_revision(console, options.base, options.export_root)
        else:
            title = f"{options.warehouses[0].name} against {options.warehouses[1].name}"
            marts = compare_warehouses(*options.warehouses, mart_keys(PROJECT_DIR))
    except CompareError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    print_tables(console, marts, title)
    if options.markdown:
        options.markdown.write_text(markdown(marts, title), encoding="utf-8")
    return int(options.exit_code and any(not mart.is_same for mart in marts))


if __name__ == "__main__":
    sys.exit(main())
