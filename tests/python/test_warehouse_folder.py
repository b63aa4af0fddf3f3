"""What a run leaves beside the warehouse, and what it says where it cannot write."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY, write_rows
from forked_dbt import ForkedDbt
from privileges import obey_permissions

from sample_export import generate

EVENT = {"id": "01J" + "0" * 23, "type": "sms.created", "channel": "sms", "campaign_id": "c", "userid": "u"}
FEW = ["--select", "+stg_flarelane__crm_events"]


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """An export of one event."""
    root = tmp_path_factory.mktemp("export")
    write_rows(root, "crm_events", "shop", "2026-03-01", [EVENT | {"time": "2026-03-01T09:00:00Z"}])
    return root


def run(dbt, export, warehouse, **options):
    """Build a few models; return the exit code and what was printed."""
    process = dbt.start(export, warehouse, **({"arguments": FEW} | options))
    process.join()
    return process.exitcode, dbt.output()


def events(warehouse):
    """Return the number of events in a warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute("select count(*) from stg_flarelane__crm_events").fetchone()[0]


# ------------------------------------------------------------------------------------------- scratch files


def test_a_run_leaves_the_warehouse_alone_in_its_folder(export, tmp_path):
    warehouse = tmp_path / "ware[house]" / "warehouse.duckdb"
    assert run(ForkedDbt(tmp_path), export, warehouse)[0] == 0
    assert [path.name for path in warehouse.parent.iterdir()] == ["warehouse.duckdb"]


def test_what_a_killed_run_left_goes_with_the_next_and_what_a_living_one_has_stays(tmp_path):
    holder = (
        "import sys, time; sys.path.insert(0, 'plugins'); from pathlib import Path; from scratch_folder import *;"
        "folder = ScratchFolder(*map(Path, sys.argv[1:3]), *sys.argv[3:]);"
        "print(folder.path, flush=True); time.sleep(60)"
    )

    def start(warehouse="/one/w.duckdb", *keeps_left):
        command = [sys.executable, "-c", holder, str(tmp_path), warehouse, *keeps_left]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        return process, Path(process.stdout.readline().strip())

    killed, left = start()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert left.is_dir()
    namesake, _ = start("/other/w.duckdb")
    assert left.is_dir(), "a warehouse of that name in another folder"
    reader, _ = start("/one/w.duckdb", "keeps_left")
    assert left.is_dir(), "it tells the next build that the warehouse may be damaged"
    living, kept = start()
    other, _ = start()
    assert not left.exists() and kept.is_dir()
    for process in (namesake, reader, living, other):
        process.kill()
        process.wait()


def test_temporary_files_lie_where_they_are_told_to(export, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def watch():
        import scratch_folder

        make = scratch_folder.tempfile.mkdtemp
        scratch_folder.tempfile.mkdtemp = lambda **where: print(f"made in {where['dir']}") or make(**where)

    env = {"FLARELANE_TEMP_DIRECTORY": str(temporary)}
    code, output = run(ForkedDbt(tmp_path), export, tmp_path / "w" / "warehouse.duckdb", env=env, before=watch)
    assert code == 0 and f"made in {temporary}" in output
    assert list(temporary.iterdir()) == []


# ------------------------------------------------------------------------------------------- nowhere to write


def said_and_mended(dbt, export, warehouse, said, mend, **options):
    """Fail with a message without a traceback, then succeed once what was wrong is mended."""
    code, output = run(dbt, export, warehouse, **options)
    assert code != 0 and "Traceback" not in output, output[-3000:]
    assert all(text in output for text in said), output[-3000:]
    mend()
    code, output = run(dbt, export, warehouse, before=obey_permissions)
    assert code == 0, output[-3000:]
    assert events(warehouse) == 1


def test_a_folder_that_cannot_be_written_is_named(export, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    said = ["cannot be", "Permission denied", "FLARELANE_WAREHOUSE"]
    dbt = ForkedDbt(tmp_path)
    run_as = {"before": obey_permissions}
    code, output = run(dbt, export, closed / "below" / "warehouse.duckdb", **run_as)
    assert code != 0 and "Traceback" not in output and "The warehouse folder" in output, output[-3000:]
    said_and_mended(dbt, export, closed / "warehouse.duckdb", said, lambda: closed.chmod(0o755), **run_as)


def test_a_temporary_folder_that_cannot_be_made_is_named(export, tmp_path):
    (tmp_path / "file").write_text("")
    said = ["The temporary folder", "Not a directory", "FLARELANE_TEMP_DIRECTORY"]
    env = {"FLARELANE_TEMP_DIRECTORY": str(tmp_path / "file" / "temporary")}
    said_and_mended(ForkedDbt(tmp_path), export, tmp_path / "w" / "warehouse.duckdb", said, lambda: None, env=env)


def test_a_full_disk_is_said_and_the_next_build_carries_on(tmp_path):
    """A limit on the size of files stands for the disk: DuckDB gets the same answer to a write."""
    root, warehouse, dbt = tmp_path / "export", tmp_path / "w" / "warehouse.duckdb", ForkedDbt(tmp_path)
    generate(root, seed=5, projects=1, days=4, messages_per_day=300, dirt=0)

    def fill():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))

    code, output = run(dbt, root, warehouse, before=fill)
    assert code != 0 and "Traceback" not in output, output[-4000:]
    assert "The disk is full" in output and "Make room" in output, output[-4000:]
    assert run(dbt, root, warehouse)[0] == 0
    assert run(dbt, root, tmp_path / "fresh" / "warehouse.duckdb")[0] == 0
    assert events(warehouse) == events(tmp_path / "fresh" / "warehouse.duckdb") > 1000


# ------------------------------------------------------------------------------------------- before a build


def test_a_wrong_root_stops_before_anything_is_built(tmp_path):
    code, output = run(ForkedDbt(tmp_path), tmp_path / "none", tmp_path / "w" / "warehouse.duckdb", arguments=[])
    assert code != 0 and "There is no such folder." in output, output
    assert " START sql" not in output and " START seed" not in output


def test_a_model_that_reads_the_export_can_be_shown(export, tmp_path):
    dbt, warehouse = ForkedDbt(tmp_path), tmp_path / "w" / "warehouse.duckdb"
    show = {"command": "show --select base_flarelane__crm_rows", "arguments": []}
    code, output = run(dbt, export, warehouse, **show)
    assert code != 0 and "dbt build --select +base_flarelane__crm_rows" in output, output[-3000:]
    assert run(dbt, export, warehouse)[0] == 0
    code, output = run(dbt, export, warehouse, **show)
    assert code == 0 and EVENT["id"][:17] in output, output[-3000:]
