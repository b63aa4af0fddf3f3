"""A real S3 server on loopback for the tests: SeaweedFS, with access control on."""

import hashlib
import hmac
import http.client
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

READER = ("READERKEY0000000", "reader+secret/0123456789")
ADMIN = ("ADMINKEY00000000", "admin+secret/0123456789")
BUCKET = "flarelane-export"


def free_ports(count):
    """Return ports (list of int) that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def signed_headers(method, host, path, body, key, secret):
    """Return the headers (dict) that sign a request without a query. Source: AWS, Signature Version 4."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = hashlib.sha256(f"{method}\n{path}\n\n{lines}\n{names}\n{digest}".encode()).hexdigest()
    signature = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{request}"):
        signature = hmac.digest(signature, part.encode(), "sha256")
    credential = f"Credential={key}/{scope}, SignedHeaders={names}, Signature={signature.hex()}"
    return headers | {"Authorization": f"AWS4-HMAC-SHA256 {credential}"}


class S3Server:
    """SeaweedFS with one bucket, a reader who may list and get in it, and an administrator.

    Use it as a context manager. endpoint: host:port of the server. programs: Path of the folder where SeaweedFS is,
    that of Python for None.
    """

    def __init__(self, programs=None):
        self.program = (programs or Path(sys.executable).parent) / "weed"
        self.mirrored = {}  # when the files of mirror() were changed, by key

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="s3_server."))
        users = [
            ("reader", READER, [f"Read:{BUCKET}", f"List:{BUCKET}"]),
            ("admin", ADMIN, ["Admin", "Read", "List", "Write"]),
        ]
        identities = [
            {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}
            for name, (key, secret), actions in users
        ]
        (self.folder / "identities.json").write_text(json.dumps({"identities": identities}))
        ports = free_ports(8)
        self.endpoint = f"127.0.0.1:{ports[0]}"
        command = [
            str(self.program), "server", "-s3", f"-dir={self.folder}",
            f"-s3.config={self.folder / 'identities.json'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.iam=false",
            "-master.volumeSizeLimitMB=64", "-master.volumePreallocate=false", "-volume.max=32",
            "-s3.port.iceberg=0", "-s3.port.lance=0",
        ]  # fmt: skip
        for number, name in enumerate(("s3", "master", "volume", "filer")):
            command += [f"-{name}.port={ports[2 * number]}", f"-{name}.port.grpc={ports[2 * number + 1]}"]
        with (self.folder / "server.log").open("w") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        try:
            self._make_bucket()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # It takes long to end by itself, and nothing of it is kept.
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_bucket(self):
        """Make the bucket as soon as the server stores objects."""
        end = time.monotonic() + 60
        while True:
            try:
                self._request("PUT", "")
                self._request("PUT", "/.up", b"up")
                return self._request("DELETE", "/.up")
            except (OSError, RuntimeError, http.client.HTTPException):
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def _request(self, method, key, body=b""):
        path = f"/{BUCKET}" + quote(key, safe="/-_.~")
        connection = http.client.HTTPConnection(self.endpoint, timeout=10)
        try:
            connection.request(method, path, body, signed_headers(method, self.endpoint, path, body, *ADMIN))
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status >= 300 and "BucketAlreadyOwnedByYou" not in text and "BucketAlreadyExists" not in text:
            raise RuntimeError(f"{method} {path}: {response.status} {text}")

    @property
    def environment(self):
        """The variables (dict) of a build that reads in the bucket."""
        return {
            "AWS_ACCESS_KEY_ID": READER[0],
            "AWS_SECRET_ACCESS_KEY": READER[1],
            "AWS_REGION": "us-east-1",
            "FLARELANE_S3_ENDPOINT": f"http://{self.endpoint}",
            "FLARELANE_S3_RETRIES": "2",
        }

    def put(self, path, key):
        """Store a file under a key."""
        self._request("PUT", f"/{key}", Path(path).read_bytes())

    def delete(self, key):
        """Remove an object."""
        self._request("DELETE", f"/{key}")

    def mirror(self, folder, prefix):
        """Make the objects of a prefix those below a folder, and return the root, s3://bucket/prefix.

        Of the files that the last call stored only those that changed are stored again.
        """
        files = {f"{prefix}/{path.relative_to(folder)}": path for path in Path(folder).rglob("*") if path.is_file()}
        times = {key: path.stat().st_mtime_ns for key, path in files.items()}
        for key in self.mirrored.keys() - times.keys():
            self.delete(key)
        for key, time_changed in times.items():
            if self.mirrored.get(key) != time_changed:
                self.put(files[key], key)
        self.mirrored = times
        return f"s3://{BUCKET}/{prefix}"

    def upload(self, folder, prefix):
        """Store every file below a folder under a prefix; return the root, s3://bucket/prefix."""
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                self.put(path, f"{prefix}/{path.relative_to(folder)}")
        return f"s3://{BUCKET}/{prefix}"
