"""Judges files of the export, in a process of its own: what crashes here takes no build along.

Started by file_check.py, which sends one request a line of JSON on standard input and reads one answer a line. Reads
each file as the models load it: the documented columns, cast to the documented types, each value decoded. What lies in
other columns is never read, neither here nor there.
"""

import contextlib
import json
import os
import resource
import signal
import sys

import duckdb
from documented_columns import hidden_columns, known_columns
from export_folder import pattern_of
from s3_store import ERRORS, S3Error, explain, fetch, is_store_error, open_store

FOOTERS = "select file_name, name, duckdb_type, coalesce(num_children, 0) from parquet_schema($paths)"
# CPU seconds that a file may take, beside one for each of these bytes: a hundred times what a plain file takes.
CPU_SECONDS = 60
BYTES_A_CPU_SECOND = 1_000_000
# Into how many portions files are divided to find a bad one. Not two: each time it is met again costs up to a minute.
PORTIONS = 16
# After these the database takes no more queries.
FATAL_ERRORS = (duckdb.InternalException, duckdb.FatalException)
MEMORY_ERRORS = (duckdb.OutOfMemoryException, MemoryError)


def quoted(name):
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def portions(files):
    """Return files (a list of more than one) in up to PORTIONS lists."""
    size = -(-len(files) // PORTIONS)
    return [files[start : start + size] for start in range(0, len(files), size)]


def limit_memory(bytes):
    """Let the process take this much memory (int) and no more, for what DuckDB does not count."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (bytes, bytes))


def limit_cpu(seconds):
    """End the process when it has worked for so many more seconds (int)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime) + seconds + 1
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def columns_by_file(paths, rows):
    """Return the top-level columns of files, {path: {name: DuckDB type}}, from the rows of parquet_schema()."""
    columns = {path: {} for path in paths}
    inside = 0  # nodes still to come below a nested column, which are no columns of the file
    root = None
    for path, name, data_type, children in rows:
        if path != root:
            root = path
        elif inside:
            inside += children - 1
        else:
            # The type of a column in which the writer saw only nulls comes with quotes.
            columns[path][name] = (data_type or "NESTED").strip('"')
            inside = children
    return columns


def first_line(error, file):
    """Return what went wrong with a file (dict), as one line of text. A copy is called by what it is a copy of."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].replace(file["path"], file["name"])


def outside_reason(path):
    """Return what keeps a local file from being read through (str), though it may itself be sound, or None."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            while file.read(1 << 20):
                pass
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    return None


class Worker:
    """Judges files with a DuckDB of its own. memory_limit: bytes (int). threads: int, 0 for one a core."""

    def __init__(self, memory_limit, threads):
        self.memory_limit, self.threads = memory_limit, threads
        limit_memory(memory_limit * 2 + (1 << 30))
        self.connect()

    def connect(self):
        """Open a database in memory. What does not fit there is an error: nothing that is only looked at spills."""
        config = {"memory_limit": f"{self.memory_limit}B", "temp_directory": "", "enable_external_file_cache": "false"}
        if self.threads:
            config["threads"] = self.threads
        self.connection = duckdb.connect(config=config | {"autoinstall_known_extensions": "false"})
        self.roots = set()

    def open(self, root):
        """Make the objects below an S3 root readable. Raises S3Error."""
        if root and root not in self.roots:
            open_store(self.connection, root)
            self.roots.add(root)

    def query(self, sql, files, parameters=None):
        """Return the rows of a query on files (list of dict), within their time."""
        limit_cpu(CPU_SECONDS + sum(file["bytes"] for file in files) // BYTES_A_CPU_SECOND)
        paths = [pattern_of(file["path"]) for file in files]
        return fetch(self.connection, sql, {"paths": paths} | (parameters or {}))

    def each_good_file(self, files, read, broken):
        """Do something with many files so that a bad one tells about itself alone.

        read: function of files (list of dict), which raises what is wrong with one of them. broken: function of a file
        and the error. All at once while nothing is wrong; else in ever smaller portions.
        Raises S3Error where the store is at fault.
        """
        if not files:
            return
        try:
            return read(files)
        except (*ERRORS, MemoryError) as error:
            if self.roots and is_store_error(error):
                raise S3Error(explain(error, max(self.roots))) from None
            if isinstance(error, FATAL_ERRORS):
                self.connect()
            if len(files) == 1:
                return broken(files[0], error)
        for portion in portions(files):
            self.each_good_file(portion, read, broken)

    def judge(self, files, columns, root=None):
        """Judge files (list of dict of path, name, bytes); return a list of dict in their order.

        columns: {name: DuckDB type} of the documented columns. root: of S3, where the paths lie there. Each dict has
        columns ({name: type}), documented (of each of them the documented column that it is read as, or None),
        footer_error, data_error (str or None), source_rows (int, None where the data are not sound) and is_passing:
        whether the reason may go away while the file stays as it is.
        """
        self.open(root)
        verdicts = {file["path"]: new_verdict() for file in files}

        def read_footers(files):
            rows = self.query(FOOTERS, files)
            for path, found in columns_by_file([file["path"] for file in files], rows).items():
                documented = {name: column for column, name in known_columns(found, columns).items()}
                verdicts[path] |= {
                    "columns": found,
                    "documented": [documented.get(name) for name in found],
                    "data_error": hidden_columns(found, columns),
                }

        def footer_is_broken(file, error):
            self.note(verdicts[file["path"]], "footer_error", file, error)

        def read_data(files):
            rows = {path: counts for path, *counts in self.query(load(columns), files)}
            for file in files:
                verdict = verdicts[file["path"]]
                verdict["source_rows"], *values = rows.get(file["path"], [0] * (len(columns) + 1))
                # A column without values is a column of nulls, whatever its type.
                filled = {name for name, count in zip(columns, values, strict=True) if count}
                for name, column in zip(verdict["columns"], verdict["documented"], strict=True):
                    if column is not None and column not in filled:
                        verdict["columns"][name] = "NULL"
                    elif columns.get(column) == "bigint" and verdict["columns"][name] in ("DOUBLE", "FLOAT"):
                        self.note_fraction(verdict, file, name)

        def data_are_broken(file, error):
            self.note(verdicts[file["path"]], "data_error", file, error, columns)

        self.each_good_file(files, read_footers, footer_is_broken)
        sound = [file for file in files if is_sound(verdicts[file["path"]], columns)]
        self.each_good_file(sound, read_data, data_are_broken)
        return [verdicts[file["path"]] for file in files]

    def note_fraction(self, verdict, file, name):
        """Write into a verdict where a column of whole numbers has one that is not. name: of the column (str)."""
        query = f"select 1 from read_parquet($paths) where {quoted(name)} <> trunc({quoted(name)}) limit 1"
        if self.query(query, [file]):
            verdict.update(data_error=f"column {name}: a number is not whole", source_rows=None)

    def note(self, verdict, kind, file, error, columns=None):
        """Write into a verdict what is wrong with a file. kind: footer_error or data_error."""
        outside = outside_reason(file["path"]) if "://" not in file["path"] else None
        verdict["is_passing"] = outside is not None
        if outside is not None:
            verdict[kind] = outside
        elif isinstance(error, MEMORY_ERRORS):
            verdict[kind] = f"reading it takes more than {self.memory_limit / 1e9:.1f} GB of memory"
        else:
            verdict[kind] = self.with_column(file, error, columns) if columns else first_line(error, file)

    def with_column(self, file, error, columns):
        """Return what is wrong with a file's data (str), after the name of the first column that shows it.

        Texts are not shown: any of them can name a person.
        """
        for name, data_type in columns.items():
            try:
                self.query(load({name: data_type}), [file])
            except FATAL_ERRORS as found:
                self.connect()
                return f"column {name}: {first_line(found, file)}"
            except (*ERRORS, MemoryError) as found:
                text = first_line(found, file)
                return f"column {name}: {without_value(text) if data_type == 'varchar' else text}"
        return without_value(first_line(error, file))


def new_verdict(**known):
    """Return a verdict as Worker.judge() has it, with nothing known of the file but what is given."""
    nothing = {"columns": {}, "documented": [], "footer_error": None, "data_error": None, "source_rows": None}
    return nothing | {"is_passing": False} | known


def is_sound(verdict, columns):
    """Whether a file's footer lets its data be read: no documented column (columns) is nested, or hides another."""
    known = known_columns(verdict["columns"], columns).values()
    is_nested = any(verdict["columns"][name] == "NESTED" for name in known)
    return verdict["footer_error"] is None and verdict["data_error"] is None and not is_nested


def load(columns):
    """Return the query that reads columns ({name: type}) of $paths as the source does, and decodes each value.

    It has a row for each file with rows: its path and how many they are, then the counts that need the values.
    """
    schema = ", ".join(
        f"'{name}': {{name: '{name}', type: '{data_type}', default_value: null}}" for name, data_type in columns.items()
    )
    counts = ", ".join(f"count({quoted(name)})" for name in columns)
    files = f"read_parquet($paths, schema = map {{{schema}}}, binary_as_string = true, filename = true)"
    return f"select filename, count(*), {counts} from {files} group by filename"


def without_value(text):
    """Return an error's text without the value that it shows."""
    start = text.find("value ")
    return text if start < 0 else f"{text[:start]}value (not shown)"


def main():
    """Answer requests until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the build's to answer
    # Not sys.stdout: where PYTHONUNBUFFERED is set, that leaves out what it had yet to write when a signal came.
    answers = os.fdopen(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False)
    worker = Worker(**json.loads(sys.argv[1]))
    for line in sys.stdin:
        try:
            answer = {"verdicts": worker.judge(**json.loads(line))}
        except S3Error as error:
            answer = {"store_failure": str(error)}
        except MemoryError:
            os.abort()
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
