"""The scripts in plain SQL give the warehouse's numbers, and what the benchmarks take is taken rightly."""

import subprocess
import sys

import duckdb
import pytest

from benchmarks.__main__ import SCAN, parse
from benchmarks.measure import REPOSITORY, BenchmarkError, bytes_of, run_process
from benchmarks.same_numbers import compare


def run_script(name, sample_build, path):
    """Run a script of benchmarks/ on the export of the sample into a new DuckDB file and return its path."""
    text = (REPOSITORY / "benchmarks" / f"{name}.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(path)) as connection:
        connection.execute(text.replace("$root", str(sample_build.export_root)))
    return path


@pytest.mark.parametrize("name", ["lean", "peer"])
def test_the_whole_thing_in_one_sql_file_gives_the_numbers_of_the_warehouse(name, sample_build, tmp_path):
    script = run_script(name, sample_build, tmp_path / f"{name}.duckdb")
    assert compare(script, sample_build.warehouse) == []


def test_a_number_that_differs_is_named(sample_build, tmp_path):
    script = run_script("lean", sample_build, tmp_path / "lean.duckdb")
    with duckdb.connect(str(script)) as connection:
        connection.execute("update campaign_funnel set click_rate = click_rate + 0.001 where clicked_messages > 0")
        connection.execute("delete from journey_funnel where channel = 'push'")
        connection.execute("alter table journey_step_funnel drop enrollments")
    differences = compare(script, sample_build.warehouse)
    assert [line for line in differences if "click_rate" in line and line.startswith("campaign_funnel:")]
    assert [line for line in differences if line.startswith("journey_funnel: presence differs in")]
    assert "journey_step_funnel: the script lacks enrollments" in differences


def test_lean_sql_keeps_the_funnels_and_nothing_else(sample_build, tmp_path):
    script = run_script("lean", sample_build, tmp_path / "lean.duckdb")
    with duckdb.connect(str(script), read_only=True) as connection:
        kept = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
    funnels = {"campaign_funnel", "campaign_funnel_daily", "journey_funnel", "journey_step_funnel"}
    assert kept == funnels | {"channel_funnel_daily"}


def test_the_scan_reads_every_documented_column(sample_build):
    with duckdb.connect() as connection:
        files = f"read_parquet('{sample_build.export_root}/crm_events/*/*/*.parquet', union_by_name = true)"
        columns = [row[0] for row in connection.execute(f"describe from {files}").fetchall()]
        scanned = connection.execute(SCAN.replace("$root", str(sample_build.export_root))).fetchone()
    assert len(scanned) == len(set(columns) - {"experiment_bucket", "projectid", "date"})


def test_a_run_counts_the_cpu_seconds_of_its_children_and_their_memory():
    busy = "import time\nwhile time.process_time() < 0.5: pass\nkept = bytearray(200_000_000)"
    run = run_process(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"]
    )
    assert run.cpu > 0.5
    assert run.peak_bytes > 150_000_000
    waits = run_process([sys.executable, "-c", "import time; time.sleep(0.6)"])
    assert waits.wall > 0.6 > waits.cpu


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")
def test_a_run_with_orphans_counts_a_process_that_nobody_waited_for():
    busy = "import time\nwhile time.process_time() < 0.5: pass"
    leaves = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}])"
    # In a process of its own, as what it adopts stays adopted.
    measures = (
        "import sys; from benchmarks.measure import adopt_orphans, run_process; adopt_orphans()\n"
        f"print(run_process([sys.executable, '-c', {leaves!r}], orphans=True).cpu)"
    )
    measured = subprocess.run([sys.executable, "-c", measures], capture_output=True, text=True, cwd=REPOSITORY)
    assert float(measured.stdout) > 0.5, measured.stderr
    assert run_process([sys.executable, "-c", leaves]).cpu < 0.5


def test_a_run_that_fails_says_how_it_ended():
    with pytest.raises(BenchmarkError, match="(?s)ended with 3.*the reason"):
        run_process([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"])


def test_memory_limits_are_read_as_duckdb_reads_them():
    assert [bytes_of(text) for text in ("4GB", "512MiB", "1.5 gb")] == [4e9, 512 * 2**20, 1.5e9]


def test_growth_takes_several_sizes_and_no_command_takes_none():
    assert parse(["growth", "--events", "1000", "2000"]).events == [1000, 2000]
    assert parse(["full"]).script == "lean"
    with pytest.raises(SystemExit):
        parse(["growth", "--events", "0"])
