"""`dbt source freshness` says when files stop coming, and when those that come hold no recent date."""

import json
import os
from datetime import UTC, datetime, timedelta

from conftest import write_rows
from forked_dbt import ForkedDbt
from s3_server import BUCKET, S3Server


def freshness(export_root, tmp_path, env=None, **vars):
    """Run dbt source freshness on an export; return its exit code and the status by table (dict)."""
    dbt = ForkedDbt(tmp_path)
    process = dbt.start(export_root, tmp_path / "warehouse.duckdb", vars=vars, command="source freshness", env=env)
    process.join()
    results = json.loads((tmp_path / "target" / "sources.json").read_text())["results"]
    return process.exitcode, {result["unique_id"].split(".")[-1]: result["status"] for result in results}


def test_a_recent_date_in_a_recent_file_is_fresh_and_an_old_date_or_an_old_file_is_not(tmp_path):
    today = datetime.now(UTC).date()
    root = tmp_path / "export"
    # A file of today in a partition of today, beside one in an old partition: fresh.
    write_rows(root, "crm_events", "shop", today, [{"id": "1"}])
    write_rows(root, "crm_events", "shop", today - timedelta(days=9), [{"id": "2"}])
    # Files come, but of old dates alone: late.
    write_rows(root, "customer_events", "shop", today - timedelta(days=9), [{"id": "3"}])
    assert freshness(root, tmp_path) == (0, {"crm_events": "pass", "customer_events": "warn"})

    # A partition of today whose files are all old; an error, because a limit for errors is given.
    old = (datetime.now(UTC) - timedelta(days=9)).timestamp()
    for path in root.glob("crm_events/**/*.parquet"):
        os.utime(path, (old, old))
    code, status = freshness(root, tmp_path, source_error_after_hours=100)
    assert (code, status) == (1, {"crm_events": "error", "customer_events": "error"})


def test_an_export_in_s3_is_judged_by_its_listing(tmp_path):
    today = datetime.now(UTC).date()
    write_rows(tmp_path / "export", "crm_events", "shop", today, [{"id": "1"}])
    write_rows(tmp_path / "export", "customer_events", "shop", today - timedelta(days=9), [{"id": "2"}])
    with S3Server() as server:
        server.upload(tmp_path / "export", "export")
        found = freshness(f"s3://{BUCKET}/export", tmp_path, server.environment)
    assert found == (0, {"crm_events": "pass", "customer_events": "warn"})
