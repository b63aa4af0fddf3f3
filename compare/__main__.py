"""Compare the marts before and after a change, on the same export.

`python -m compare --base main` builds the export with the code of main and with the code here, each into a temporary
warehouse, and also says what code differs, which tests fail and what takes longer. `python -m compare BEFORE.duckdb
AFTER.duckdb` compares two warehouses that are there.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import duckdb

from compare.revisions import CompareError, build_export, changed_nodes, checked_out, mart_keys
from compare.tables import Comparison, markdown, print_comparison
from compare.warehouses import compare_funnels, compare_warehouses
from report.tables import append_markdown, plain, terminal

PROJECT_DIR = Path(__file__).parent.parent


def compare_with_revision(console, project_dir, base, export_root):
    """Build the export with the base's code and with the code in project_dir, and return the Comparison."""
    with (
        tempfile.TemporaryDirectory(prefix="compare-") as folder,
        checked_out(project_dir, base, folder) as base_dir,
    ):
        builds = []
        for name, code in (("before", base_dir), ("after", project_dir)):
            console.print(plain(f"Building the export as of {base if name == 'before' else 'here'}"))
            builds.append(build_export(code, Path(folder) / name, export_root))
        warehouses = [build.warehouse for build in builds]
        return Comparison(
            f"{base} against the code here",
            compare_warehouses(*warehouses, mart_keys(base_dir, project_dir)),
            compare_funnels(*warehouses),
            changed_nodes(*builds),
            tuple(build.run for build in builds),
        )


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("warehouses", nargs="*", type=Path, metavar="WAREHOUSE", help="two: before and after")
    parser.add_argument("--base", help="git revision to compare the code here with")
    parser.add_argument("--export-root", default="sample/export", help="export to build (default %(default)s)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="append the tables to this file as Markdown")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 where the marts differ")
    options = parser.parse_args(arguments)
    if len(options.warehouses) != (0 if options.base else 2):
        parser.error("name either --base REVISION or two warehouses")

    console = terminal()
    try:
        if options.base:
            comparison = compare_with_revision(console, PROJECT_DIR, options.base, options.export_root)
        else:
            title = f"{options.warehouses[0].name} against {options.warehouses[1].name}"
            marts = compare_warehouses(*options.warehouses, mart_keys(PROJECT_DIR))
            comparison = Comparison(title, marts, compare_funnels(*options.warehouses))
    except CompareError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    except duckdb.IOException as error:
        print(f"compare: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    print_comparison(console, comparison)
    if options.markdown:
        append_markdown(options.markdown, markdown(comparison))
    return int(options.exit_code and any(not mart.is_same for mart in comparison.marts))


if __name__ == "__main__":
    sys.exit(main())
