"""Builds of an export in S3 on a cluster of one master and two workers, one of them killed, hold what a first one of
DuckDB's holds after the same changes, and nobody who is forgotten.
"""

import glob
import os
import re
import subprocess
import time
from pathlib import Path

import duckdb
import pyspark
import pytest
from s3_server import S3Server
from test_builds import BUILD, EXPORT, JAVA, PROJECT, change, compare, dbt, hold_back, make_export
from test_kills import kill_while_writing

SPARK_HOME = Path(pyspark.__file__).parent
# Longer than any start takes on a busy machine.
START_SECONDS = 120

pytestmark = pytest.mark.cluster


def start(folder, name, says, environment, *arguments):
    """Start a process of a cluster; return it (Popen) and the match of what it says (pattern, str) once it is ready.

    name: of its log in the folder (Path). environment: variables (dict) to add.
    """
    log = folder / f"{name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [SPARK_HOME / "bin/spark-class", *arguments],
            cwd=folder,
            env=os.environ | JAVA | {"SPARK_HOME": str(SPARK_HOME)} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(says, log.read_text(encoding="utf-8")):
            return process, found
        time.sleep(0.2)
    process.terminate()
    raise RuntimeError(log.read_text(encoding="utf-8")[-3000:])


@pytest.fixture(scope="module")
def store():
    """A running S3 server."""
    with S3Server(PROJECT / ".venv/bin") as server:
        yield server


@pytest.fixture(scope="module")
def cluster(store, tmp_path_factory):
    """Spark's name of a running cluster whose workers may read in the store, and the logs of its two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    package = "org.apache.spark.deploy"
    local = ("--host", "127.0.0.1", "--webui-port", "0")
    processes = []
    try:
        master, found = start(
            *(folder, "master", r"Starting Spark master at (spark://\S+)", {}),
            *(f"{package}.master.Master", *local, "--port", "0"),
        )
        processes.append(master)
        for number in (1, 2):
            size = ("--cores", "1", "--memory", "1g", "--work-dir", str(folder / f"work-{number}"))
            worker, _ = start(
                *(folder, f"worker-{number}", "Successfully registered with master", store.environment),
                *(f"{package}.worker.Worker", *local, *size, found[1]),
            )
            processes.append(worker)
        yield found[1], [folder / "worker-1.log", folder / "worker-2.log"]
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def builds(store, cluster, tmp_path_factory):
    """The folders of the builds on DuckDB and on the cluster, both with a forget list.

    The cluster builds before a change, then after it, once killed while it writes messages; DuckDB after it alone.
    """
    master, _ = cluster
    folder = tmp_path_factory.mktemp("builds")
    make_export(folder, messages_per_day=20, days=10)
    project, user = duckdb.execute(
        "select projectid, userid from read_parquet($files, union_by_name = true) where userid <> '' order by all",
        {"files": f"{glob.escape(str(folder / EXPORT))}/crm_events/*/*/*.parquet"},
    ).fetchone()
    (folder / "forget.csv").write_text(
        f"project_id,user_id,device_id,recipient_hash\n{project},{user},,\n", encoding="utf-8"
    )
    hold_back(folder / EXPORT, folder / "held", "2026-09-10")
    environment = store.environment | {
        "FLARELANE_EXPORT_ROOT": store.mirror(folder / EXPORT, "export"),
        "FLARELANE_FORGET_LIST": str(folder / "forget.csv"),
    }
    of_cluster = {
        "FLARELANE_SPARK_MASTER": master,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYTHONPATH": str(PROJECT / "plugins"),
    }
    on_cluster = {"environment": environment | of_cluster}
    dbt(".venv-spark", "spark", folder / "spark", *BUILD, **on_cluster)
    change(folder / EXPORT, folder / "held", ("2026-09-03", "2026-09-05", "2026-09-07"))
    store.mirror(folder / EXPORT, "export")
    kill_while_writing(folder / "spark", "int_messages", **on_cluster)
    dbt(".venv-spark", "spark", folder / "spark", *BUILD, **on_cluster)
    dbt(".venv", "warehouse", folder / "duckdb", *BUILD, environment=environment)
    return folder / "duckdb", folder / "spark"


def test_the_cluster_holds_the_rows_that_duckdb_holds(builds):
    on_duckdb, on_spark = builds
    with duckdb.connect(str(on_duckdb / "warehouse.duckdb"), read_only=True) as connection:
        [(forgotten,)] = connection.execute("select sum(forgotten_rows) from export_reconciliation").fetchall()
    assert forgotten > 0
    compare(on_spark, on_duckdb)


def test_both_workers_took_part(cluster, builds):
    _, logs = cluster
    assert all("Asked to launch executor" in log.read_text(encoding="utf-8") for log in logs)
    # An executor keeps its log in a folder of its own, which names the tasks that it finished.
    folders = [log.parent / f"work-{number}" for number, log in enumerate(logs, 1)]
    assert all(any("Finished task" in log.read_text() for log in folder.rglob("stderr")) for folder in folders)
