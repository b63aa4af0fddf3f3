"""Build one warehouse per project side by side, and print the SQL that reads them as one.

python -m projects build [PROJECT ...] [--jobs 2] [-- more of dbt's arguments]
python -m projects sql > all.sql
"""

import argparse
import os
import sys
from pathlib import Path

from projects import SAMPLE, build, projects_of, union_sql, warehouses_in


def main():
    parser = argparse.ArgumentParser(
        prog="python -m projects", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="run dbt build for each project")
    building.add_argument("projects", nargs="*", help="project ids; default: all of a local export")
    building.add_argument(
        "--jobs", type=int, default=2, help="builds at a time, each with its own memory limit (default %(default)s)"
    )
    building.add_argument("--published", type=Path, help="folder for copies for readers")
    reading = commands.add_parser("sql", help="print SQL that attaches the warehouses and makes views over all")
    for command in (building, reading):
        command.add_argument("--folder", type=Path, default=Path("warehouse/projects"), help="where the warehouses are")
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:end])
    if getattr(options, "jobs", 1) < 1:
        parser.error("--jobs starts at 1")

    if options.command == "sql":
        warehouses = warehouses_in(options.folder)
        if not warehouses:
            raise SystemExit(f"No warehouse below {options.folder}: run `python -m projects build` first.")
        print(union_sql(warehouses), end="")
        return
    root = os.environ.get("FLARELANE_EXPORT_ROOT") or SAMPLE
    names = options.projects or projects_of(root)
    if not names:
        raise SystemExit(
            f"No project found below {root}: set FLARELANE_EXPORT_ROOT to the export. Of one in S3 name the projects."
        )
    if build(names, options.folder, options.jobs, options.published, words[end + 1 :]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
