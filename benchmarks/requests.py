"""Count what builds from S3 ask of the store: all of an export, nothing new, one new day, a late file in an old date.

Usage: python -m benchmarks requests [options]. The export lies in a real S3 server on this machine (SeaweedFS), behind
a proxy that counts; both are those of the tests. Ends with 1 when a build asks for more than it must.
"""

import sys
from dataclasses import dataclass

from sample_export.generator import messages_per_day_for

from .measure import (
    DBT,
    HASH_KEY,
    NO_TESTS,
    REPOSITORY,
    WORK,
    BenchmarkError,
    Run,
    console,
    remove_database,
    run_process,
    table,
)

sys.path.insert(0, str(REPOSITORY / "tests" / "python"))
from s3_proxy import S3Proxy  # noqa: E402
from s3_server import BUCKET, READER, S3Server  # noqa: E402

PROJECTS = 2
TABLES = ("crm_events", "customer_events")
PAGE = 1000
# Dollars a thousand requests: an example, S3 Standard in us-east-1.
LIST_PRICE, GET_PRICE = 0.005, 0.0004


@dataclass
class Counted:
    """A build: its Run, requests {kind: number}, bytes of bodies, and the keys (set of str) that were asked for."""

    run: Run
    requests: dict
    bytes: int
    keys: set

    def price(self):
        """Return what the requests cost in dollars (float), without the transfer."""
        read = self.requests["HEAD"] + self.requests["GET"]
        return (self.requests["LIST"] * LIST_PRICE + read * GET_PRICE) / 1000


def make_export(options):
    """Make the export unless it is there; return its files in three parts (list of path each): history, day, late.

    day: all files of the newest date. late: one file more for the oldest date that has one.
    """
    days = options.partitions // (PROJECTS * len(TABLES))
    root = WORK / f"partitions-{options.partitions}-{options.events}"
    run_process(
        [
            sys.executable, "-m", "sample_export", str(root), "--projects", str(PROJECTS), "--days", str(days + 1),
            "--messages-per-day", str(messages_per_day_for(options.events, PROJECTS, days + 1)), "--no-violations",
            "--if-missing",
        ]
    )  # fmt: skip
    files = sorted(path for path in root.glob("*_events/**/*") if path.is_file())
    newest = max(path.parent.name for path in files)
    late = min((path for path in files if path.name.startswith("late-")), key=lambda path: path.parent.name)
    day = [path for path in files if path.parent.name == newest]
    return root, [path for path in files if path != late and path not in day], day, [late]


def pages(objects):
    """Return the LIST requests that listing each table twice (once for sizes, once for what is no Parquet) takes."""
    return 2 * sum(-(-sum(key.split("/")[1] == name for key in objects) // PAGE) for name in TABLES)


def requests(options):
    """Build the export step by step, print the table, and raise BenchmarkError where a build asked for too much."""
    console.print("[dim]Making the export and storing it[/dim]")
    root, history, day, late = make_export(options)
    warehouse = WORK / "requests.duckdb"
    remove_database(warehouse)
    with S3Server() as server, S3Proxy(server.endpoint) as proxy:
        environment = {
            "AWS_ACCESS_KEY_ID": READER[0],
            "AWS_SECRET_ACCESS_KEY": READER[1],
            "FLARELANE_S3_ENDPOINT": f"http://{proxy.endpoint}",
            "FLARELANE_EXPORT_ROOT": f"s3://{BUCKET}/export",
            "FLARELANE_WAREHOUSE": str(warehouse),
            "FLARELANE_RECIPIENT_HASH_KEY": HASH_KEY,
            "FLARELANE_THREADS": str(options.threads),
            "FLARELANE_MEMORY_LIMIT": options.memory_limit,
            "DBT_TARGET_PATH": str(WORK / "target-requests"),
            "DBT_LOG_PATH": str(WORK / "logs"),
        }
        made = table(
            f"{options.partitions:,} partitions: {len(history):,} objects", "build", ">files", ">MB", ">LIST", ">HEAD",
            ">GET", ">MB sent", ">CPU s", ">wall s", ">cost",
        )  # fmt: skip
        stored, problems = {}, []
        steps = {"all": history, "nothing new": [], "one new day": day, "a late file in an old date": late}
        for name, files in steps.items():
            new = {f"export/{path.relative_to(root)}": path for path in files}
            for key, path in new.items():
                server.put(path, key)
            stored |= new
            # A partition with a new file is read whole.
            changed = {path.parent for path in files}
            expected = {
                key: path for key, path in stored.items() if path.parent in changed and path.suffix == ".parquet"
            }
            proxy.forget()
            run = run_process([DBT, "--no-use-colors", "build", *NO_TESTS], environment)
            counted = Counted(run, proxy.counts(), proxy.bytes, proxy.keys())
            megabytes = sum(path.stat().st_size for path in expected.values()) / 1e6
            made.add_row(
                name, f"{len(expected):,}", f"{megabytes:,.1f}",
                *(f"{counted.requests[kind]:,}" for kind in ("LIST", "HEAD", "GET")), f"{counted.bytes / 1e6:,.1f}",
                f"{counted.run.cpu:.1f}", f"{counted.run.wall:.1f}", f"${counted.price():.5f}",
            )  # fmt: skip
            if counted.keys != set(expected):
                problems.append(
                    f"{name}: the objects asked for are not the {len(expected):,} of the changed partitions"
                )
            if counted.requests["LIST"] != pages(stored):
                problems.append(f"{name}: {counted.requests['LIST']} LIST requests, not {pages(stored)}")
            if counted.requests["HEAD"]:
                problems.append(f"{name}: HEAD requests")
    console.print(made)
    console.print(
        "Files and MB: those of the partitions that changed. MB sent: bodies, listings among them. Cost: an example,"
        f" ${LIST_PRICE} a thousand LIST and ${GET_PRICE} a thousand GET and HEAD, without transfer."
    )
    if problems:
        raise BenchmarkError("\n".join(problems))


def add_options(parser):
    """Add the options of the command to its parser."""
    parser.add_argument(
        "--partitions", type=int, default=2000, help="folders projectid=/date= of both tables (default %(default)s)"
    )
    parser.add_argument("--events", type=int, default=1_000_000, help="CRM events in all (default %(default)s)")
