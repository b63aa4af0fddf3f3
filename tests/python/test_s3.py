"""The export in S3: the same numbers as from a folder, clear messages, few requests, no harm from faults.

One export is built once from a bucket. Cases copy that warehouse and add objects, which are removed after them.
"""

import json
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest
from conftest import REPOSITORY, write_rows
from environments import clean_environment
from forked_dbt import ForkedDbt
from s3_proxy import S3Proxy
from s3_server import BUCKET, READER, S3Server
from s3_store import list_objects, open_store
from test_builds_mirror_the_export import NOT_COMPARED, compared_relations

from sample_export import generate

PATH_COLUMNS = {"path", "filename", "source_file", "first_file", "modified_at"}
PREFIX = "export"
# A partition with several files in the export, and one that it lacks.
OLD_DAY = "crm_events/projectid=hanbit-mart/date=2026-09-03"
NEW_DAY = "crm_events/projectid=hanbit-mart/date=2026-11-30"


@pytest.fixture(scope="module")
def store():
    """An S3 server, a proxy before it, and the environment that names both."""
    with S3Server() as server, S3Proxy(server.endpoint) as proxy:
        yield Store(server, proxy)


class Store:
    """server: S3Server; proxy: S3Proxy before it; environment: dict of the variables for a build that reads there."""

    def __init__(self, server, proxy):
        self.server, self.proxy = server, proxy
        self.environment = server.environment | {"FLARELANE_S3_ENDPOINT": f"http://{proxy.endpoint}"}


class Builds:
    """Builds of the export in S3 (root) and in a folder (local) into one warehouse."""

    root = f"s3://{BUCKET}/{PREFIX}"

    def __init__(self, store, local, folder):
        self.store, self.local = store, local
        self.dbt = ForkedDbt(folder, artifacts=True)
        self.warehouse = Path(folder) / "s3" / "warehouse.duckdb"
        self.added = set()

    def run(self, root=None, env=None, **options):
        """Build; return the process's exit code and what it printed. env: variables (dict) to change."""
        self.store.proxy.forget()
        environment = self.store.environment | (env or {})
        process = self.dbt.start(root or self.root, self.warehouse, env=environment, **options)
        process.join()
        return process.exitcode, self.dbt.output()

    def succeed(self, **options):
        """Build, and fail with what it printed unless that succeeds."""
        code, output = self.run(**options)
        assert code == 0, output[-4000:]
        # All is in the file itself: nothing of the store's kept a transaction open.
        assert not self.warehouse.with_name("warehouse.duckdb.wal").exists()

    def put(self, path, key):
        """Store a file under a key (str, below the root); it is gone after the test."""
        self.added.add(key)
        self.store.server.put(path, f"{PREFIX}/{key}")

    def warehouse_content(self):
        """Return what readers of the warehouse see: rows and a mart (list of list of tuple)."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return [
                connection.execute(f"select * from {name} order by all").fetchall()
                for name in ("base_flarelane__crm_rows", "campaign_funnel_daily")
            ]

    def states(self):
        """Return {state: files} of the ledger."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return dict(connection.execute("select state, count(*) from export_files group by 1").fetchall())


class Metadata:
    """What AWS answers on a machine or in a container with a role: the reader's key. address: of the server.

    token: session token (str) that comes with the key.
    """

    def __enter__(self):
        self.token, metadata = "", self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                text = "role" if self.path.endswith("security-credentials") else "a-text"
                if self.path.endswith("/role"):
                    key = {"AccessKeyId": READER[0], "SecretAccessKey": READER[1], "Token": metadata.token}
                    text = json.dumps({"Code": "Success", "Expiration": "2099-01-01T00:00:00Z"} | key)
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_PUT = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def metadata():
    """A server of credentials."""
    with Metadata() as server:
        yield server


@pytest.fixture(scope="module")
def built(store, metadata, tmp_path_factory):
    """Builds with a dirty export in the bucket and a folder, built once with the key of a role.

    requests: what that asked for; bytes: what came.
    """
    folder = tmp_path_factory.mktemp("s3")
    generate(folder / "export", seed=3, projects=2, days=8, messages_per_day=12, dirt=0.2)
    store.server.upload(folder / "export", PREFIX)
    built = Builds(store, folder / "export", folder)
    key_of_role = {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{metadata.address}/role",
    }
    built.succeed(env=key_of_role)
    built.requests, built.bytes = store.proxy.counts(), store.proxy.bytes
    return built


@pytest.fixture(scope="module")
def built_from_folder(built):
    """The path of a warehouse built from the folder. Copy it to build on it."""
    path = built.local.parent / "local" / "warehouse.duckdb"
    built.dbt.build(built.local, path)
    return path


@pytest.fixture
def builds(store, built, tmp_path):
    """Builds on a copy of the warehouse."""
    builds = Builds(store, built.local, tmp_path)
    builds.warehouse.parent.mkdir()
    shutil.copyfile(built.warehouse, builds.warehouse)
    yield builds
    store.proxy.fault = None
    for key in builds.added:
        store.server.delete(f"{PREFIX}/{key}")


def differences(one, other):
    """Return the relations (list of str) that differ between two warehouses, but for what says where files lie."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for relation in compared_relations():
            columns = [row[0] for row in connection.execute(f"describe one.main.{relation}").fetchall()]
            kept = ", ".join(f'"{name}"' for name in columns if name not in NOT_COMPARED | PATH_COLUMNS) or "count(*)"
            where = ""
            if relation == "export_files":
                kept, where = "project_id, partition_date, state", "where state not in ('gone', 'ignored')"
            rows = [
                connection.execute(f"select {kept} from {side}.main.{relation} {where} order by all").fetchall()
                for side in ("one", "other")
            ]
            found += [relation] if rows[0] != rows[1] else []
    return found


def test_a_bucket_gives_what_a_folder_gives(built, built_from_folder):
    assert differences(built.warehouse, built_from_folder) == []


# ------------------------------------------------------------------------------------------- requests


def test_a_build_asks_for_no_more_than_it_must(built, builds):
    files = sorted(built.local.rglob("*.parquet"))
    # Files this small come whole with their footer.
    assert built.requests == {"LIST": 4, "HEAD": 0, "GET": len(files)}
    assert built.bytes < sum(path.stat().st_size for path in files) + 100_000

    builds.succeed()
    assert builds.store.proxy.counts() == {"LIST": 4, "HEAD": 0, "GET": 0}

    builds.put(files[0], f"{NEW_DAY}/part-00000.parquet")
    builds.succeed()
    assert builds.store.proxy.counts() == {"LIST": 4, "HEAD": 0, "GET": 1}
    assert builds.store.proxy.keys() == {f"{PREFIX}/{NEW_DAY}/part-00000.parquet"}


def test_listing_grows_by_pages_of_a_thousand_objects(store, tmp_path):
    one_byte = tmp_path / "file"
    one_byte.write_bytes(b"x")
    folder = f"{BUCKET}/pages/crm_events"
    keys = {f"{folder}/projectid=p{number % 9}/date=2026-01-01/{number}.parquet" for number in range(1010)}
    keys |= {f"{folder}/projectid=p{number}/date=2026-01-01/_SUCCESS" for number in range(9)}
    for key in keys:
        store.server.put(one_byte, key.partition("/")[2])
    with duckdb.connect() as connection:
        open_store(connection, f"s3://{BUCKET}/pages", store.environment)
        store.proxy.forget()
        list_objects(connection, f"s3://{BUCKET}/pages", [f"s3://{folder}/**"], tmp_path / "listing.parquet")
        # Two pages for the sizes, and two for what is not Parquet.
        assert store.proxy.counts() == {"LIST": 4, "HEAD": 0, "GET": 0}
        listed = connection.execute(f"select path, size_bytes from '{tmp_path}/listing.parquet'").fetchall()
    assert set(listed) == {(f"s3://{key}", 1 if key.endswith(".parquet") else None) for key in keys}
    assert len(listed) == len(keys)


def test_limits_keep_other_partitions_from_being_opened(builds, built_from_folder, tmp_path):
    limits = {"project_ids": ["hanbit-mart"], "start_date": "2026-09-03", "end_date": "2026-09-04"}
    builds.warehouse.unlink()
    builds.succeed(vars=limits)
    asked = builds.store.proxy.keys()
    assert asked and all(re.search(r"projectid=hanbit-mart/date=2026-09-0[34]/", key) for key in asked)
    # Beside a warehouse that held all, and of which the rest was removed.
    local = tmp_path / "local" / "warehouse.duckdb"
    local.parent.mkdir()
    shutil.copyfile(built_from_folder, local)
    builds.dbt.build(builds.local, local, vars=limits)
    assert differences(builds.warehouse, local) == []


# ------------------------------------------------------------------------------------------- what goes wrong

STOPS = {
    "no_permission": ({"AWS_SECRET_ACCESS_KEY": "wrong"}, None, "SignatureDoesNotMatch. The secret does not fit"),
    "no_bucket": ({}, "s3://no-such-bucket/x", "bucket 'no-such-bucket'.*AccessDenied.*bucket that does not exist"),
    "no_export": ({}, f"s3://{BUCKET}/nothing", f"No export at 's3://{BUCKET}/nothing'.*It holds no file below"),
    "other_store": ({}, "gs://bucket/x", "must lie in a folder or in s3://, not in gs://.*set FLARELANE_S3_ENDPOINT"),
    "retries": ({"FLARELANE_S3_RETRIES": "many"}, None, "FLARELANE_S3_RETRIES is 'many'; it must be a whole number"),
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


@pytest.mark.parametrize("case", STOPS)
def test_what_keeps_the_store_from_being_read_is_said_and_changes_nothing(builds, case):
    before = builds.warehouse_content(), builds.states()
    environment, root, said = STOPS[case]
    code, output = builds.run(root=root, env=environment)
    assert code == 1 and re.search(said, output), output[-3000:]
    assert "Traceback" not in output and "START sql" not in output, output[-3000:]
    assert (builds.warehouse_content(), builds.states()) == before


def at(kind, fault, until=99, suffix=".parquet"):
    """Return a fault of the proxy: the first requests (until) of a kind for each key that ends in suffix."""

    def answer(asked, key, number):
        return fault if asked == kind and number <= until and (kind == "LIST" or key.endswith(suffix)) else None

    return answer


def any_of(*faults):
    """Return a fault of the proxy that is the first of some that applies."""
    return lambda *request: next((found for fault in faults if (found := fault(*request))), None)


# The new file is opened while it is checked. The one beside it is known: it is opened by the model that loads it.
CHECKED, LOADED = f"{OLD_DAY}/new.parquet", f"{OLD_DAY}/part-00000.parquet"
LASTING = [
    (at("LIST", (503, "SlowDown")), f"bucket '{BUCKET}', key '.*': HTTP 503 SlowDown. The store failed"),
    (at("LIST", (301, "PermanentRedirect")), "set AWS_REGION to the bucket's region"),
    (at("GET", (404, "NoSuchKey"), suffix=CHECKED), f"{CHECKED}': HTTP 404.*deleted while the build ran. Build again"),
    (at("GET", (400, "ExpiredToken"), suffix=CHECKED), f"{CHECKED}': HTTP 400 ExpiredToken. The session token has"),
    (at("GET", "cut", suffix=CHECKED), f"{CHECKED}': Transferred a partial file. .*the connection broke"),
    (at("GET", (500, "InternalError"), suffix=LOADED), f"{LOADED}': HTTP 500 InternalError. The store failed"),
    (at("GET", (400, "ExpiredToken"), suffix=LOADED), f"{LOADED}': HTTP 400 ExpiredToken. The session token has"),
    (at("GET", "cut", suffix=LOADED), f"bucket '{BUCKET}', key '{PREFIX}/{LOADED}': .*the connection broke"),
    (at("GET", "hang", suffix=LOADED), f"{LOADED}': Timeout was reached. The store cannot be reached"),
]


def test_what_passes_is_tried_again(builds):
    files = builds.states()["loaded"]
    days = [path.name for path in sorted(builds.local.glob("crm_events/projectid=hanbit-mart/*"))]
    for day in days[:5]:
        path = f"crm_events/projectid=hanbit-mart/{day}"
        builds.put(builds.local / path / "part-00000.parquet", f"{path}/new.parquet")
    # Each kind of fault while files are listed, checked and loaded.
    builds.store.proxy.fault = any_of(
        lambda kind, _, number: (
            {1: (503, "SlowDown"), 2: (500, "InternalError")}.get(number) if kind == "LIST" else None
        ),
        *(
            at("GET", fault, until, f"{day}/{name}.parquet")
            for name in ("new", "part-00000")
            for day, fault, until in zip(
                days,
                [(503, "SlowDown"), (500, "InternalError"), "cut", "hang" if name == "new" else "cut"],
                [1, 2, 2, 1],
                strict=False,
            )
        ),
    )
    builds.succeed(env={"FLARELANE_S3_TIMEOUT": "5"})
    assert builds.states()["loaded"] == files + len(builds.added)


def test_what_lasts_stops_the_build_and_the_next_one_carries_on(builds):
    builds.put(builds.local / LOADED, CHECKED)
    before, files = builds.warehouse_content(), builds.states()["loaded"]
    for fault, said in LASTING:
        builds.store.proxy.fault = fault
        patience = {"FLARELANE_S3_RETRIES": "1", "FLARELANE_S3_TIMEOUT": "4" if "Timeout" in said else "30"}
        code, output = builds.run(env=patience)
        assert code == 1 and re.search(said, output), f"{said}: {output[-2500:]}"
        assert "Traceback" not in output, output[-2500:]
        assert builds.warehouse_content() == before, said
    builds.store.proxy.fault = None
    builds.succeed()
    assert builds.states()["loaded"] == files + 1


def test_after_changes_during_builds_the_next_one_gives_what_a_full_refresh_gives(builds, tmp_path):
    root = tmp_path / "more"

    def put(name, rows):
        events = [{"id": f"{name}-{number}", "time": "2026-11-30T00:00:00Z"} for number in range(rows)]
        builds.put(write_rows(root, "crm_events", "hanbit-mart", "2026-11-30", events), f"{NEW_DAY}/{name}.parquet")

    def once(key, action):
        done = []
        return at("GET", lambda: done or done.append(action()), suffix=f"{NEW_DAY}/{key}.parquet")

    for name in ("kept", "replaced", "deleted", "deleted-later"):
        put(name, 3)
    builds.succeed()
    put("replaced", 4)
    builds.added.remove(f"{NEW_DAY}/deleted.parquet")
    builds.store.server.delete(f"{PREFIX}/{NEW_DAY}/deleted.parquet")
    # Deleted after it was listed, when it is loaded.
    builds.added.remove(f"{NEW_DAY}/deleted-later.parquet")
    delete = lambda: builds.store.server.delete(f"{PREFIX}/{NEW_DAY}/deleted-later.parquet")  # noqa: E731
    builds.store.proxy.fault = once("deleted-later", delete)
    code, output = builds.run()
    assert code == 1 and re.search("deleted-later.parquet': HTTP 404.*Build again", output), output[-2500:]
    # Replaced after it was listed, when it is checked: the new one is loaded, and again by the next build.
    put("new", 5)
    builds.store.proxy.fault = once("new", lambda: put("new", 5000))
    builds.succeed()
    builds.store.proxy.fault = None
    builds.succeed()
    assert builds.store.proxy.keys() >= {f"{PREFIX}/{NEW_DAY}/new.parquet"}

    plain = builds.warehouse
    builds.warehouse = tmp_path / "fresh" / "warehouse.duckdb"
    builds.succeed()
    assert differences(plain, builds.warehouse) == []


# ------------------------------------------------------------------------------------------- credentials

KEYS = {"aws_access_key_id": READER[0], "aws_secret_access_key": READER[1]}
TOKEN = "a-session-token-that-the-store-refuses"


LISTING = f"""
import sys, duckdb
from s3_store import S3Error, list_objects, open_store
with duckdb.connect() as connection:
    try:
        open_store(connection, "{Builds.root}")
        list_objects(connection, "{Builds.root}", ["{Builds.root}/crm_events/**"], sys.argv[1])
    except S3Error as error:
        sys.exit(str(error))
    print(connection.execute("select secret_string from duckdb_secrets()").fetchone()[0])
"""


def list_with(store, tmp_path, environment):
    """List the export with credentials from an environment (dict) alone; return the region or the error (str).

    In a process of its own: AWS's library reads profiles once.
    """
    store.proxy.forget()
    nothing = {"AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_CONFIG_FILE": "/nonexistent"}
    nothing |= {"FLARELANE_S3_ENDPOINT": f"http://{store.proxy.endpoint}", "PYTHONPATH": str(REPOSITORY / "plugins")}
    run = subprocess.run(
        [sys.executable, "-c", LISTING, str(tmp_path / "listing.parquet")],
        env=clean_environment() | nothing | environment, capture_output=True, text=True,
    )  # fmt: skip
    return re.search(";region=([^;]*)", run.stdout)[1] if run.returncode == 0 else run.stderr


def write_profile(path, name, **values):
    """Add a profile to a file of AWS; return its path (str)."""
    with Path(path).open("a") as file:
        file.write(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()))
    return str(path)


def test_a_profile_gives_key_and_region(built, store, tmp_path):
    write_profile(tmp_path / "credentials", "default", aws_access_key_id="other", aws_secret_access_key="other")
    environment = {
        "AWS_PROFILE": "team",
        "AWS_SHARED_CREDENTIALS_FILE": write_profile(tmp_path / "credentials", "team", **KEYS),
        "AWS_CONFIG_FILE": write_profile(tmp_path / "config", "profile team", region="eu-west-7"),
    }
    assert list_with(store, tmp_path, environment) == "eu-west-7"
    # What the environment says of the region goes before the profile.
    assert list_with(store, tmp_path, environment | {"AWS_REGION": "eu-west-1"}) == "eu-west-1"
    said = list_with(store, tmp_path, environment | {"AWS_PROFILE": "nobody"})
    assert re.match("No credentials for s3://.* in the profile nobody: set AWS_ACCESS_KEY_ID", said)


def test_a_profile_may_name_a_command_that_gives_the_key(built, store, tmp_path):
    key = {"Version": 1, "AccessKeyId": READER[0], "SecretAccessKey": READER[1]}
    (tmp_path / "key.json").write_text(json.dumps(key))
    command = write_profile(tmp_path / "config", "profile team", credential_process=f"cat {tmp_path}/key.json")
    assert list_with(store, tmp_path, {"AWS_PROFILE": "team", "AWS_CONFIG_FILE": command}) == "us-east-1"


@pytest.mark.parametrize(
    ("name", "path"),
    [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "/role"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "")],
)
def test_the_role_of_a_container_or_machine_gives_the_key(built, store, metadata, monkeypatch, tmp_path, name, path):
    environment = {name: metadata.address + path}
    assert list_with(store, tmp_path, environment) == "us-east-1"
    assert store.proxy.tokens == {None}
    # The server knows no temporary keys. That the token is sent, and that the refusal is told, shows nevertheless.
    monkeypatch.setattr(metadata, "token", TOKEN)
    assert "HTTP 403 InvalidAccessKeyId" in list_with(store, tmp_path, environment)
    assert store.proxy.tokens == {TOKEN}


def test_a_session_token_of_the_environment_is_sent(built, store, tmp_path):
    environment = {name.upper(): value for name, value in KEYS.items()} | {"AWS_SESSION_TOKEN": TOKEN}
    assert "HTTP 403 InvalidAccessKeyId" in list_with(store, tmp_path, environment)
    assert store.proxy.tokens == {TOKEN}


def test_credentials_are_in_no_file_of_dbt(built, builds, tmp_path):
    builds.put(builds.local / LOADED, CHECKED)
    # Builds that fail where it is listed, checked and loaded; the docs; the build of `built`, which succeeded.
    assert builds.run(env={"AWS_SESSION_TOKEN": TOKEN})[0] == 1
    for key in (CHECKED, LOADED):
        builds.store.proxy.fault = at("GET", (403, "ExpiredToken"), suffix=key)
        assert builds.run()[0] == 1
    builds.store.proxy.fault = None
    builds.succeed(command="docs generate")
    files = [path for folder in (tmp_path, built.dbt.folder) for path in folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"manifest.json", "catalog.json", "run_results.json", "dbt.log", "output.txt", "warehouse.duckdb"} <= names
    for secret in (*READER, TOKEN):
        assert [path for path in files if secret.encode() in path.read_bytes()] == []
