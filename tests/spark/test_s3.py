"""An export in S3 gives what DuckDB makes of it, after a daily build too; what keeps it from being read is said."""

import shutil
import subprocess

import duckdb
import pyarrow.parquet as pq
import pytest
from s3_server import BUCKET, READER, S3Server
from test_builds import BUILD, EXPORT, PROJECT, DbtOnSpark, arguments_of, compare, dbt, hold_back, make_export

# Long names: those of all files are then more than Spark's catalogue takes in one view.
PREFIX = "export" + "/in_a_folder_with_a_long_name" * 31
# Other days, hours and messages than by default.
BUILD_OTHERWISE = [
    *BUILD,
    *("--vars", '{"reporting_timezone": "America/St_Johns", "message_window_days": 2, "include_test_messages": true}'),
]


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """The folders of builds on DuckDB and on Spark, what dbt printed on Spark, and the environment of both.

    Spark builds a dirty export that lies in a bucket, and once more after files came (one of them cut short), one was
    replaced, and one went.
    """
    folder = tmp_path_factory.mktemp("s3")
    make_export(folder, messages_per_day=10, days=6, dirt=("--dirt", "0.2"))
    hold_back(folder / EXPORT, folder / "held", "2026-09-06")
    with S3Server(PROJECT / ".venv/bin") as server:
        environment = server.environment | {"FLARELANE_EXPORT_ROOT": server.mirror(folder / EXPORT, PREFIX)}
        with DbtOnSpark(folder / "spark", environment) as session:
            printed = session.dbt(*BUILD_OTHERWISE)
            replaced, *_, gone = sorted((folder / EXPORT).rglob("*.parquet"))
            rows = pq.ParquetFile(replaced).read()
            pq.write_table(rows.slice(0, rows.num_rows // 2), replaced)
            gone.unlink()
            cut = min((folder / "held").rglob("*.parquet"))
            cut.write_bytes(cut.read_bytes()[:-100])
            shutil.copytree(folder / "held", folder / EXPORT, dirs_exist_ok=True)
            server.mirror(folder / EXPORT, PREFIX)
            printed += session.dbt(*BUILD_OTHERWISE)
        dbt(".venv", "warehouse", folder / "duckdb", *BUILD_OTHERWISE, environment=environment)
        yield folder / "duckdb", folder / "spark", printed, environment


def test_a_bucket_gives_the_rows_that_duckdb_makes_of_it(builds):
    on_duckdb, on_spark, *_ = builds
    with duckdb.connect(str(on_duckdb / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from export_unreadable_files").fetchone() == (1,)
        assert connection.execute("select sum(rejected_rows) > 0 from export_reconciliation").fetchone() == (True,)
    compare(on_spark, on_duckdb)


def test_no_log_holds_the_credentials(builds):
    _, on_spark, printed, _ = builds
    texts = [path for path in (on_spark / "logs", on_spark / "target") for path in path.rglob("*") if path.is_file()]
    assert texts
    for secret in READER:
        assert [path for path in texts if secret in path.read_text(encoding="utf-8", errors="replace")] == []
        assert secret not in printed


def test_what_keeps_the_store_from_being_listed_is_said(builds):
    _, on_spark, _, environment = builds
    wrong = environment | {"AWS_SECRET_ACCESS_KEY": "another secret"}
    done = subprocess.run(
        **arguments_of(".venv-spark", "spark", on_spark, *BUILD, environment=wrong), capture_output=True
    )
    assert done.returncode != 0
    assert f"bucket '{BUCKET}', key '{PREFIX}'" in done.stdout
    assert "check AWS_SECRET_ACCESS_KEY" in done.stdout
