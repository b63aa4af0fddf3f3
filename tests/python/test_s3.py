"""The export in S3: the same numbers as from a folder, clear messages, few requests, no harm from faults."""

import re
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
            "FLARELANE_S3_TIMEOUT": "5",
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

    def warehouse_content(self):
        """Return what readers of the warehouse see: the ledger and a mart (list of tuple)."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return [
                connection.execute(f"select * from {name} order by all").fetchall()
                for name in ("export_files", "campaign_funnel_daily")
            ]


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


def test_credentials_are_in_no_file_of_dbt(builds, monkeypatch, tmp_path):
    token = {"AWS_SESSION_TOKEN": "a-session-token-that-the-store-refuses"}
    builds.run(monkeypatch, env=token)
    builds.run(monkeypatch)
    texts = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(texts) > 50
    for secret in (*READER, *token.values()):
        assert not any(secret.encode() in text for text in texts)


def test_after_changes_a_build_gives_what_a_full_refresh_gives(builds, monkeypatch, tmp_path):
    builds.run(monkeypatch)
    files = sorted(builds.folder.rglob("*.parquet"))
    prefix = tmp_path.name
    for number, path in enumerate(files[:3]):
        key = f"{prefix}/{path.relative_to(builds.folder)}"
        if number == 0:
            builds.store.server.delete(key)
        if number == 1:
            builds.store.server.put(files[2], key)
        if number == 2:
            builds.store.server.put(path, key.replace(".parquet", "-late.parquet"))
    assert builds.run(monkeypatch)[0] == 0
    plain = builds.warehouse
    builds.warehouse = tmp_path / "fresh" / "warehouse.duckdb"
    assert builds.run(monkeypatch, full_refresh=True)[0] == 0
    assert differences(plain, builds.warehouse) == []


# ------------------------------------------------------------------------------------------- requests


def test_a_build_asks_for_no_more_than_it_must(builds, monkeypatch, tmp_path):
    code, output = builds.run(monkeypatch)
    assert code == 0, output
    proxy, new = builds.store.proxy, sorted(builds.folder.rglob("*.parquet"))
    parquet_bytes = sum(path.stat().st_size for path in new)
    assert proxy.counts() == {"LIST": 4, "HEAD": 0, "GET": len(new)}
    assert proxy.bytes < parquet_bytes + 100_000

    assert builds.run(monkeypatch)[0] == 0
    assert proxy.counts() == {"LIST": 4, "HEAD": 0, "GET": 0}

    day = "crm_events/projectid=hanbit-mart/date=2026-11-30"
    builds.store.server.put(new[0], f"{tmp_path.name}/{day}/part-00000.parquet")
    assert builds.run(monkeypatch)[0] == 0
    assert proxy.counts() == {"LIST": 4, "HEAD": 0, "GET": 1}
    assert proxy.keys() == {f"{tmp_path.name}/{day}/part-00000.parquet"}


def test_limits_keep_other_partitions_from_being_opened(builds, monkeypatch, tmp_path):
    limits = {"project_ids": ["hanbit-mart"], "start_date": "2026-09-03", "end_date": "2026-09-04"}
    code, output = builds.run(monkeypatch, vars=limits)
    assert code == 0, output
    asked = builds.store.proxy.keys()
    assert asked and all(re.search(r"projectid=hanbit-mart/date=2026-09-0[34]/", key) for key in asked)
    local = tmp_path / "local" / "warehouse.duckdb"
    builds.dbt.build(builds.folder, local)
    builds.dbt.build(builds.folder, local, vars=limits)
    assert differences(builds.warehouse, local) == []


# ------------------------------------------------------------------------------------------- what goes wrong

STOPS = {
    "no_permission": ({"AWS_SECRET_ACCESS_KEY": "wrong"}, None, "SignatureDoesNotMatch. The secret does not fit"),
    "no_bucket": ({}, "s3://no-such-bucket/x", "bucket 'no-such-bucket'.*AccessDenied.*bucket that does not exist"),
    "no_export": ({}, f"s3://{BUCKET}/nothing", f"No export at 's3://{BUCKET}/nothing'.*It holds no file below"),
    "endpoint": ({"FLARELANE_S3_ENDPOINT": "http://127.0.0.1:9"}, None, "connect to server.*FLARELANE_S3_ENDPOINT"),
    "tls": ({"FLARELANE_S3_USE_SSL": "true"}, None, "SSL connect error.*FLARELANE_S3_USE_SSL"),
    "no_credentials": (
        {
            "AWS_ACCESS_KEY_ID": "",
            "AWS_SECRET_ACCESS_KEY": "",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_CONFIG_FILE": "/nonexistent",
        },
        None,
        "No credentials for s3://.*set AWS_ACCESS_KEY_ID",
    ),
}


def test_what_keeps_the_store_from_being_read_is_said_and_changes_nothing(builds, monkeypatch):
    assert builds.run(monkeypatch)[0] == 0
    before = builds.warehouse_content()
    for case, (environment, root, said) in STOPS.items():
        code, output = builds.run(monkeypatch, root=root, env=environment)
        assert code == 1 and re.search(said, output), f"{case}: {output[-2000:]}"
        assert "Traceback" not in output and "SKIP=" in output, f"{case}: {output[-2000:]}"
        assert builds.warehouse_content() == before, case


def at(kind, fault, until=99, suffix=".parquet"):
    """Return a fault of the proxy: the first requests (until) of a kind for each key that ends in suffix."""

    def answer(asked, key, number):
        return fault if asked == kind and number <= until and (kind == "LIST" or key.endswith(suffix)) else None

    return answer


PASSING = [
    at("LIST", (503, "SlowDown"), 1),
    at("LIST", (500, "InternalError"), 1),
    at("GET", (503, "SlowDown"), 1),
    at("GET", (500, "InternalError"), 2),
    at("GET", "cut", 1),
    at("GET", "hang", 1, "hanbit-mart/date=2026-09-01/part-00000.parquet"),
]
LASTING = [
    (at("LIST", (503, "SlowDown")), "bucket 'flarelane-export', key '.*': HTTP 503 SlowDown. The store failed"),
    (at("LIST", "cut"), "key '.*': Transferred a partial file. The store cannot be reached, or the connection broke"),
    (at("LIST", (301, "PermanentRedirect")), "set AWS_REGION to the bucket's region"),
    (at("GET", (503, "SlowDown")), r"key '.*\.parquet': HTTP 503 SlowDown. The store failed"),
    (at("GET", (400, "ExpiredToken")), r"key '.*\.parquet': HTTP 400 ExpiredToken. The session token has expired"),
    (at("GET", "cut"), r"key '.*\.parquet': .*the connection broke"),
    (at("GET", (403, "AccessDenied")), r"key '.*\.parquet': HTTP 403.* No permission"),
    (at("GET", (404, "NoSuchKey")), r"key '.*\.parquet': HTTP 404.*deleted while the build ran. Build again"),
]


def test_what_passes_is_tried_again(builds, monkeypatch):
    def fault(kind, key, number):
        return next((found for each in PASSING if (found := each(kind, key, number))), None)

    builds.store.proxy.fault = fault
    code, output = builds.run(monkeypatch)
    assert code == 0, output[-3000:]
    assert "unreadable" not in states(builds.warehouse)


def test_what_lasts_stops_the_build_and_the_next_one_carries_on(builds, monkeypatch, tmp_path):
    assert builds.run(monkeypatch)[0] == 0
    [path] = builds.folder.glob("crm_events/projectid=hanbit-mart/date=2026-09-03/part-00000.parquet")
    builds.store.server.put(path, f"{tmp_path.name}/{path.relative_to(builds.folder).with_name('new.parquet')}")
    before = builds.warehouse_content()
    for fault, said in LASTING:
        builds.store.proxy.fault = fault
        code, output = builds.run(monkeypatch, env={"FLARELANE_S3_RETRIES": "1"})
        assert code == 1 and re.search(said, output), f"{said}: {output[-2500:]}"
        assert "Traceback" not in output, output[-2500:]
        assert builds.warehouse_content() == before, said
    builds.store.proxy.fault = None
    files = states(builds.warehouse)["loaded"]
    assert builds.run(monkeypatch)[0] == 0
    assert states(builds.warehouse)["loaded"] == files + 1
