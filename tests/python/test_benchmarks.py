"""The scripts in plain SQL give the warehouse's numbers, and what the benchmarks take is taken rightly."""

import json
import subprocess
import sys
from dataclasses import fields

import duckdb
import pytest

from benchmarks.__main__ import SCAN, parse
from benchmarks.measure import REPOSITORY, BenchmarkError, bytes_of, run_process
from benchmarks.same_numbers import compare
from benchmarks.spark_metrics import Metrics, out_of_step, read_metrics


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


def task_of_spark(stage, launched, task_type="ResultTask", **counts):
    """Return the line (str) of Spark's event log for a task. stage: number. launched: milliseconds. counts: of it."""
    metrics = {"Executor Run Time": 1000, "Result Size": 0} | {
        name.replace("_", " "): count for name, count in counts.items() if not name.startswith("Shuffle")
    }
    metrics["Shuffle Write Metrics"] = {"Shuffle Bytes Written": counts.get("Shuffle", 0)}
    task = {"Stage ID": stage, "Task Type": task_type, "Task Info": {"Launch Time": launched}, "Task Metrics": metrics}
    return json.dumps({"Event": "SparkListenerTaskEnd"} | task)


def job_of_spark(stages, tags):
    """Return the line (str) of Spark's event log for the start of a job. stages: list of numbers. tags: str."""
    job = {"Event": "SparkListenerJobStart", "Stage IDs": stages, "Properties": {"spark.job.tags": tags}}
    return json.dumps(job)


def test_what_spark_counts_goes_to_the_model_that_ran(tmp_path):
    first, second = "model.flarelane.first", "model.flarelane.second"
    log = tmp_path / "eventlog_v2_local-1"
    log.mkdir()
    (log / "events_1_local-1").write_text(
        "\n".join(
            [
                '{"Event": "SparkListenerLogStart"}',
                job_of_spark([1, 2], "a session"),
                task_of_spark(1, 10_500, "ShuffleMapTask", Shuffle=70, Result_Size=5),
                task_of_spark(1, 10_600, "ShuffleMapTask", Shuffle=30, Result_Size=5, Executor_Run_Time=4000),
            ]
        )
    )
    # Spark goes on in a second file.
    (log / "events_2_local-1").write_text(
        "\n".join(
            [
                task_of_spark(2, 11_000, Result_Size=40, Peak_Execution_Memory=9),
                job_of_spark([3], "a session,broadcast exchange (runId 1)"),
                task_of_spark(3, 20_000, Result_Size=300),
                task_of_spark(4, 30_000, Result_Size=1),
            ]
        )
    )
    spans = {first: ("10", "11", "15"), second: ("19", "19.5", "21")}
    results = tmp_path / "run_results.json"
    time = "1970-01-01T00:00:{}Z".format
    timings = {
        node: [
            {"name": "compile", "started_at": time(start), "completed_at": time(middle)},
            {"name": "execute", "started_at": time(middle), "completed_at": time(end)},
        ]
        for node, (start, middle, end) in spans.items()
    }
    given = [{"unique_id": node, "timing": timing, "status": "success"} for node, timing in timings.items()]
    results.write_text(json.dumps({"results": given}))

    metrics = read_metrics(tmp_path, results)

    assert metrics.keys() == {first, second, ""}
    assert (metrics[first].tasks, metrics[first].run_seconds, metrics[first].peak_bytes) == (3, 6.0, 9)
    assert (metrics[first].shuffled_bytes, metrics[first].collected_bytes) == (100, 40)
    assert metrics[first].broadcast_bytes == 0
    assert (metrics[first].longest_seconds, metrics[first].median_seconds) == (4.0, 2.5)
    assert (metrics[second].collected_bytes, metrics[second].broadcast_bytes) == (0, 300)
    assert metrics[second].longest_seconds is None


def test_no_event_log_is_an_error(tmp_path):
    with pytest.raises(BenchmarkError, match="no event log"):
        read_metrics(tmp_path, tmp_path / "run_results.json")


def counted(**counts):
    """Return Metrics with some counts, and 0 for the rest."""
    return Metrics(**{field.name: 0 for field in fields(Metrics)} | counts)


@pytest.mark.parametrize(
    ("small", "large", "said"),
    [
        ({"shuffled_bytes": 100e6}, {"shuffled_bytes": 1200e6}, ""),
        ({"shuffled_bytes": 100e6}, {"shuffled_bytes": 1300e6}, "model shuffles and broadcasts 1,300.0 MB after 100.0"),
        ({"broadcast_bytes": 50e6, "shuffled_bytes": 50e6}, {"shuffled_bytes": 1000e6}, ""),
        ({"shuffled_bytes": 0}, {"shuffled_bytes": 3e6}, ""),
        ({"collected_bytes": 1e6}, {"collected_bytes": 1.9e6}, ""),
        ({"collected_bytes": 1e6}, {"collected_bytes": 10e6}, "model sends 10.0 MB to the driver after 1.0 MB."),
    ],
)
def test_what_grows_faster_than_the_events_is_named(small, large, said):
    found = "\n".join(out_of_step({"model": counted(**small)}, {"model": counted(**large)}, 10))
    assert found.startswith(said)
    assert bool(found) == bool(said)
