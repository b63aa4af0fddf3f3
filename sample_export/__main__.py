"""Command line: python -m sample_export ROOT [options]."""

import argparse
import sys
from pathlib import Path

from .generator import SampleExportError, generate, messages_per_day_for


def main(arguments=None):
    """Run the command line. arguments: list of str, or None for sys.argv. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="sample_export", description="Write a made-up FlareLane event export.")
    parser.add_argument("root", help="folder to write; it must be new, empty, or made by this generator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--projects", type=int, default=2)
    parser.add_argument("--start-date", default="2026-09-01", help="first UTC day (default %(default)s)")
    parser.add_argument("--days", type=int, default=45)
    volume = parser.add_mutually_exclusive_group()
    volume.add_argument(
        "--messages-per-day", type=int, default=1000, help="send requests a day and project (default %(default)s)"
    )
    volume.add_argument(
        "--events", type=int, metavar="N", help="choose the messages a day so that about N CRM events come out"
    )
    parser.add_argument(
        "--customer-events-per-day", type=int, metavar="N",
        help="customer events a day and project that follow no message (default an eighth of the messages)",
    )  # fmt: skip
    parser.add_argument(
        "--dirt", type=float, default=0.01,
        help="share of rows that are repeated, altered or broken; 0 is clean (default %(default)s)",
    )  # fmt: skip
    parser.add_argument("--no-violations", dest="violations", action="store_false", help="break no column rule")
    parser.add_argument(
        "--no-late-files", dest="late_files", action="store_false", help="leave out the files that arrive days later"
    )
    parser.add_argument("--threads", type=int)
    parser.add_argument("--memory-limit", help="DuckDB's, such as 4GB")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write what was made, and what was broken, as JSON")
    parser.add_argument("--if-missing", action="store_true", help="do nothing when the folder holds this very export")
    options = vars(parser.parse_args(arguments))

    record_file, events = options.pop("record"), options.pop("events")
    if events is not None:
        options["messages_per_day"] = messages_per_day_for(events, options["projects"], options["days"])
    try:
        record = generate(options.pop("root"), **options)
    except SampleExportError as error:
        print(f"sample_export: {error}", file=sys.stderr)
        return 1
    if record_file:
        record_file.parent.mkdir(parents=True, exist_ok=True)
        record_file.write_text(record.to_json(), encoding="utf-8")
    print(record.summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
