"""Judges new files of the export before they are loaded, by way of a process that may die of them.

A file can make its reader run out of memory, never end or crash. The process that looks first has a memory and a time
limit, and is started again when it ends; the file that it died of is found in ever smaller portions, and named.
"""

import contextlib
import json
import select
import signal
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from export_folder import pattern_of
from file_check_worker import BYTES_A_CPU_SECOND, new_verdict, portions
from s3_store import fetch

WORKER = Path(__file__).with_name("file_check_worker.py")
# Raised when files that were unreadable may be readable now: they are judged again.
VERSION = 3
# Files are asked about in portions of so many bytes. Seconds without an answer, beside the CPU seconds that a portion
# may take, after which the machine or the disk hangs: a busy reader is ended by its CPU limit before.
BYTES_AT_ONCE = 1_000_000_000
PATIENCE = 900
# Objects of S3 are fetched by the build's own process, whose memory keeps them for the load, and handed over in files:
# so each is fetched once. A larger one is read by the worker from the store, and fetched again to be loaded.
LARGEST_HANDED_OVER = 256_000_000
BYTES_HANDED_OVER = 64_000_000
FETCHES_AT_ONCE = 8
# Signals that say that the file was to blame.
ENDED = {
    signal.SIGSEGV: "reading it crashes the reader",
    signal.SIGABRT: "reading it crashes the reader",
    signal.SIGBUS: "reading it crashes the reader",
    signal.SIGFPE: "reading it crashes the reader",
    signal.SIGILL: "reading it crashes the reader",
    signal.SIGXCPU: "reading it takes longer than a file of its size may",
    signal.SIGKILL: "the process that read it was killed, most likely for want of memory",
}


class WorkerEnded(Exception):
    """The worker ended, or gave no answer, with a reason (str). is_passing: whether the files may be innocent."""

    def __init__(self, reason, is_passing=False):
        super().__init__(reason)
        self.reason, self.is_passing = reason, is_passing


class StoreFailure(Exception):
    """The store failed; the text says what to do."""


class FileCheck:
    """Judges files with one worker process, which starts with the first file.

    connection: DuckDB's, which can read the store. memory_limit: bytes (int) that the worker may take. threads: int, 0
    for one a core. scratch: Path of the folder for copies of objects of S3.
    """

    def __init__(self, connection, memory_limit, threads, scratch):
        self.connection, self.scratch = connection, scratch
        self.settings = {"memory_limit": memory_limit, "threads": threads}
        self.process = None
        self.turn = threading.Lock()  # DuckDB calls a function from several threads

    def judge(self, files, columns):
        """Judge files of a table: a list of (path, bytes). Returns what Worker.judge() does. Raises StoreFailure.

        columns: dict of the documented columns and private ones, as Worker.judge() takes them.
        """
        with self.turn:
            named = [{"path": path, "name": path, "bytes": size or 0} for path, size in files]
            if not files or "://" not in files[0][0]:
                return self.judge_in_turn(named, columns)
            return self.judge_objects(named, columns)

    def judge_in_turn(self, files, request):
        """Judge files (list of dict of path, name and bytes) in portions. request: see ask()."""
        return [verdict for portion in portions_of(files, BYTES_AT_ONCE) for verdict in self.ask(portion, request)]

    def judge_objects(self, files, columns):
        """Judge objects of S3 (list of dict of path, name and bytes), as judge() does."""
        large = [file for file in files if file["bytes"] > LARGEST_HANDED_OVER]
        in_bucket = columns | {"root": "/".join(files[0]["path"].split("/")[:3])}
        verdicts = dict(zip([file["path"] for file in large], self.judge_in_turn(large, in_bucket), strict=True))
        others = [file for file in files if file["bytes"] <= LARGEST_HANDED_OVER]
        for portion in portions_of(others, BYTES_HANDED_OVER):
            verdicts |= self.hand_over(portion, columns)
        return [verdicts[file["path"]] for file in files]

    def hand_over(self, files, columns):
        """Fetch objects of S3 and let the worker judge copies; return {path: verdict}. files: as of judge_objects()."""
        copies = {file["path"]: self.scratch / f"object-{number}.parquet" for number, file in enumerate(files)}

        def copy(path):
            with self.connection.cursor() as cursor:
                rows = fetch(cursor, "select content from read_blob($paths)", {"paths": [pattern_of(path)]})
            copies[path].write_bytes(rows[0][0] if rows else b"")

        try:
            with ThreadPoolExecutor(FETCHES_AT_ONCE) as pool:
                list(pool.map(copy, copies))
            verdicts = self.ask([file | {"path": str(copies[file["path"]])} for file in files], columns)
            return dict(zip(copies, verdicts, strict=True))
        finally:
            for file in copies.values():
                file.unlink(missing_ok=True)

    def ask(self, files, request):
        """Return the worker's verdicts on files (list of dict of path, name and bytes), though it may die of some.

        request: dict of the rest of what Worker.judge() takes.
        """
        if not files:
            return []
        try:
            return self.answer({"files": files} | request)
        except WorkerEnded as ended:
            if len(files) == 1:
                return [new_verdict(footer_error=ended.reason, is_passing=ended.is_passing)]
        return [verdict for portion in portions(files) for verdict in self.ask(portion, request)]

    def answer(self, request):
        """Send a request and return the answer's verdicts. Raises WorkerEnded, StoreFailure."""
        if self.process is None:
            self.start()
        patience = PATIENCE + sum(file["bytes"] for file in request["files"]) // BYTES_A_CPU_SECOND
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], patience)
            line = self.process.stdout.readline() if ready else None
        except BrokenPipeError:
            line = ""
        if line and line.endswith("\n"):
            answer = json.loads(line)
            if "store_failure" in answer:
                raise StoreFailure(answer["store_failure"])
            return answer["verdicts"]
        code = None if line is None else self.process.wait()
        errors = self.errors.read_text(errors="replace").strip()
        self.close()
        if code is None:
            raise WorkerEnded(f"reading it did not end within {patience} seconds", is_passing=True)
        if -code not in ENDED:
            raise RuntimeError(f"The process that checks files ended with {code}. {errors.splitlines()[-1:]}")
        raise WorkerEnded(ENDED[-code], is_passing=-code == signal.SIGKILL)

    def close(self):
        """End the worker."""
        if self.process is not None:
            self.stop()
            self.process = None

    def start(self):
        """Start the worker."""
        self.errors = self.scratch / "file_check_errors.txt"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(WORKER), json.dumps(self.settings)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
        self.stop = weakref.finalize(self, end, self.process)


def end(process):
    """End a process and wait for it."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close()


def portions_of(files, at_once):
    """Yield files (list of dict with bytes) in lists of about so many bytes (int)."""
    portion, size = [], 0
    for file in files:
        portion.append(file)
        size += file["bytes"]
        if size >= at_once:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
