"""The export in S3: the same numbers as from a folder, clear messages, few requests, no harm from faults."""

import shutil
from pathlib import Path

import duckdb
import pytest
from forked_dbt import ForkedDbt
from s3_proxy import S3Proxy
from s3_server import BUCKET, READER, S3Server
from test_builds_mirror_the_export import COMPARED, NOT_COMPARED

from sample_export import generate

PATH_COLUMNS = {"path", "filename", "source_file", "modified_at"}


@pytest.fixture(scope="module")
def store():
    """An S3 server, a proxy before it, and the environment that names both."""
    with S3Server() as server, S3Proxy(server.endpoint) as proxy:
        yield Store(server, proxy)


class Store:
    """server: S3Server; proxy: S3Proxy before it; environment: dict of the variables for a build that reads there."""

    def __init__(self, server, proxy):
        self.server, self.proxy = server, proxy
        self.environment = {
            "AWS_ACCESS_KEY_ID": READER[0],
            "AWS_SECRET_ACCESS_KEY": READER[1],
            "AWS_REGION": "us-east-1",
            "FLARELANE_S3_ENDPOINT": f"http://{proxy.endpoint}",
            "FLARELANE_S3_TIMEOUT": "2",
            "FLARELANE_S3_RETRIES": "2",
        }


class Builds:
    """Builds of one export in S3 into one warehouse."""

    def __init__(self, store, folder, root):
        self.store, self.root = store, root
        self.dbt = ForkedDbt(folder)
        self.warehouse = Path(folder) / "s3" / "warehouse.duckdb"

    def run(self, monkeypatch, root=None, env=None, **options):
        """Build; return the process's exit code and what it printed. env: variables (dict) to change."""
        with monkeypatch.context() as patch:
            for name, value in (self.store.environment | (env or {})).items():
                patch.setenv(name, value)
            self.store.proxy.forget()
            process = self.dbt.start(root or self.root, self.warehouse, **options)
            process.join()
        return process.exitcode, self.dbt.output()


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """A dirty export in a folder."""
    root = tmp_path_factory.mktemp("s3") / "export"
    generate(root, seed=3, projects=2, days=8, messages_per_day=12, dirt=0.2)
    return root


@pytest.fixture
def builds(store, export, tmp_path):
    """Builds of a copy of the export in the bucket, the copy in a folder beside it (builds.folder)."""
    found = Builds(store, tmp_path, "")
    found.folder = tmp_path / "export"
    shutil.copytree(export, found.folder)
    found.root = store.server.upload(found.folder, tmp_path.name)
    yield found
    store.proxy.fault = None


def differences(one, other):
    """Return the relations (list of str) that differ between two warehouses, but for what says where files lie."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for relation in COMPARED:
            columns = [row[0] for row in connection.execute(f"describe one.main.{relation}").fetchall()]
            kept = ", ".join(f'"{name}"' for name in columns if name not in NOT_COMPARED | PATH_COLUMNS)
            where = ""
            if relation == "export_files":
                kept, where = "project_id, partition_date, state", "where state not in ('gone', 'ignored')"
            rows = [
                connection.execute(f"select {kept} from {side}.main.{relation} {where} order by all").fetchall()
                for side in ("one", "other")
            ]
            found += [relation] if rows[0] != rows[1] else []
    return found


def states(warehouse):
    """Return {state: files} of the ledger."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return dict(connection.execute("select state, count(*) from export_files group by 1").fetchall())


def test_a_bucket_gives_what_a_folder_gives(builds, monkeypatch, tmp_path):
    code, output = builds.run(monkeypatch)
    assert code == 0, output
    builds.dbt.build(builds.folder, tmp_path / "local" / "warehouse.duckdb")
    assert differences(builds.warehouse, tmp_path / "local" / "warehouse.duckdb") == []
