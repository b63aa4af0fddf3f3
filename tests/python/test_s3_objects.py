"""What Spark's processes read of an export in S3: the listing of DuckDB, and its messages of what goes wrong."""

import duckdb
import pytest
from s3_objects import S3Error, explain, is_object, is_store_error, objects_below, open_files, open_object
from s3_proxy import S3Proxy
from s3_server import BUCKET, S3Server
from s3_store import list_objects, open_store

ROOT = f"s3://{BUCKET}/export"
FILE = f"{ROOT}/crm_events/projectid=a b/date=2026-01-01/파일 #1+%20.parquet"
SIZE = 1000
NO_KEY = {
    "AWS_ACCESS_KEY_ID": "",
    "AWS_SECRET_ACCESS_KEY": "",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A proxy before a server with a few objects, and the environment that names it."""
    file = tmp_path_factory.mktemp("objects") / "file"
    file.write_bytes(b"x" * SIZE)
    with S3Server() as server, S3Proxy(server.endpoint) as proxy:
        for path in (FILE, f"{ROOT}/crm_events/_SUCCESS", f"{ROOT}/crm_eventsx/beside", f"{ROOT}/beside.json"):
            server.put(file, path.removeprefix(f"s3://{BUCKET}/"))
        environment = server.environment | {"FLARELANE_S3_ENDPOINT": f"http://{proxy.endpoint}"}
        yield proxy, environment | {"FLARELANE_S3_RETRIES": "1", "FLARELANE_S3_TIMEOUT": "3"}


@pytest.fixture
def proxy(store):
    """The proxy, without faults."""
    store[0].fault = None
    store[0].forget()
    return store[0]


def test_a_folder_is_listed_as_for_duckdb(store, proxy, tmp_path):
    _, environment = store
    listed = objects_below(f"{ROOT}/crm_events", open_files(environment))
    assert proxy.counts() == {"LIST": 1, "HEAD": 0, "GET": 0}
    with duckdb.connect() as connection:
        open_store(connection, ROOT, environment)
        list_objects(connection, ROOT, [f"{ROOT}/crm_events/**"], tmp_path / "listing.parquet")
        found = connection.execute(
            f"select path, size_bytes, epoch_us(modified_at) from '{tmp_path}/listing.parquet' order by path desc"
        ).fetchall()
    assert found[0] == next(file for file in listed if file[0] == FILE)
    assert {path for path, *_ in found} == {path for path, *_ in listed}


def test_objects_right_below_are_found_by_themselves(store, proxy):
    assert [path for path, *_ in objects_below(ROOT, open_files(store[1]), recursive=False)] == [f"{ROOT}/beside.json"]


def test_what_does_not_exist_holds_nothing(store, proxy):
    assert objects_below(f"{ROOT}/nothing", open_files(store[1])) == []


@pytest.mark.parametrize(("name", "found"), [("beside.json", True), ("nothing", False), ("crm_events", False)])
def test_a_single_object_is_found(store, proxy, name, found):
    assert is_object(f"{ROOT}/{name}", open_files(store[1])) is found


SETTINGS = [
    ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch. The secret does not fit"),
    ({"AWS_ACCESS_KEY_ID": "wrong"}, "InvalidAccessKeyId. The store does not know this access key"),
    ({"FLARELANE_S3_ENDPOINT": "http://127.0.0.1:9"}, "Could not connect to server. .*FLARELANE_S3_ENDPOINT"),
    ({"FLARELANE_S3_USE_SSL": "true"}, "SSL connect error. .*FLARELANE_S3_USE_SSL"),
    (NO_KEY, "AccessDenied. No permission"),
]


@pytest.mark.parametrize(("change", "said"), SETTINGS)
def test_settings_that_the_store_refuses_are_named(store, proxy, monkeypatch, change, said):
    for name in NO_KEY:
        monkeypatch.setenv(name, (store[1] | change).get(name, ""))
    with pytest.raises(S3Error, match=f"bucket '{BUCKET}', key 'export': {said}"):
        objects_below(ROOT, open_files(store[1] | change))


def test_a_bucket_that_does_not_exist_is_named(store, proxy):
    with pytest.raises(S3Error, match="bucket 'no-such-bucket', key 'x': AccessDenied. .*a bucket that does not exist"):
        objects_below("s3://no-such-bucket/x", open_files(store[1]))


FAULTS = [
    ("LIST", (503, "SlowDown"), "HTTP 503. The store failed or asks to slow down"),
    ("LIST", (301, "PermanentRedirect"), "HTTP 301 PermanentRedirect. The bucket is in another region"),
    ("LIST", (400, "ExpiredToken"), "HTTP 400 ExpiredToken. The session token has expired"),
    ("LIST", "hang", "Timeout was reached. The store cannot be reached"),
    ("HEAD", (404, "NoSuchKey"), "HTTP 404. .*deleted while the build ran"),
    # Of an error that comes in place of an object Arrow does not always have the text.
    ("GET", (503, "SlowDown"), "HTTP 50[03]( SlowDown)?. The store failed or asks to slow down"),
    ("GET", (400, "ExpiredToken"), "HTTP 400( ExpiredToken)?. The .*session token has"),
    ("GET", "cut", "Transferred a partial file. The store cannot be reached, or the connection broke"),
]


@pytest.mark.parametrize(("kind", "fault", "said"), FAULTS)
def test_what_lasts_is_said(store, proxy, kind, fault, said):
    files = open_files(store[1])
    proxy.fault = lambda asked, *_: fault if asked == kind else None
    with pytest.raises(S3Error, match=f"Cannot read the export: bucket '{BUCKET}', key 'export[^']*': {said}"):
        read(files) if kind in ("HEAD", "GET") else objects_below(ROOT, files)


def read(files):
    """Read the file, and explain what goes wrong on the way, as those do who read it piece by piece."""
    file = open_object(FILE, SIZE, files)
    try:
        return file.read()
    except OSError as error:
        assert is_store_error(error)
        raise S3Error(explain(error, FILE)) from None


@pytest.mark.parametrize("fault", [(503, "SlowDown"), (500, "InternalError"), "cut"])
def test_what_passes_is_tried_again(store, proxy, fault):
    files = open_files(store[1])
    proxy.fault = lambda kind, key, number: fault if number == 1 and kind in ("LIST", "GET") else None
    assert len(objects_below(ROOT, files)) == 4
    assert read(files) == b"x" * SIZE


def test_another_object_than_was_listed_is_not_read(store, proxy):
    with pytest.raises(S3Error, match=r"파일 #1\+%20.parquet': other bytes came than were listed. .*replaced"):
        open_object(FILE, SIZE + 1, open_files(store[1]))
