"""What DuckDB needs before the first model runs, done when dbt opens its connection.

dbt-duckdb loads this module as a plugin (see profiles.yml). It keeps the recipient hash key out of compiled SQL and
logs by handing it over as a DuckDB variable, and gives SQL the few functions that it lacks for looking at files.
"""

import json
import os
import re
import subprocess
import sys
from glob import escape
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.environments import local
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError
from duckdb.sqltypes import BOOLEAN, VARCHAR
from export_folder import FolderError, list_folders, partition_folders
from forget_list import ForgetList
from s3_store import ERRORS, S3Error, explain, fetch, is_store_error, list_objects, open_store
from warehouse_file import put_in_place, remove_copy

HASH_KEY_VARIABLE = "FLARELANE_RECIPIENT_HASH_KEY"
EMPTY_FILE = "no_rows.parquet"
SOURCE_TABLES = ("crm_events", "customer_events")
# Begins what a function returns in place of a result when the store failed; macros/engine/read_footers.sql stops on it.
STORE_FAILURE = "store failure: "
# A name of its own for the unfinished copy, the same each time: what a killed build leaves is written over.
COPY = """
import os, pathlib, shutil, sys
warehouse, published = map(pathlib.Path, sys.argv[1:])
unfinished = published.with_name(published.name + ".unfinished")
published.parent.mkdir(parents=True, exist_ok=True)
shutil.copyfile(warehouse, unfinished)
with unfinished.open("rb+") as file:
    os.fsync(file.fileno())
unfinished.replace(published)
published.with_name(published.name + ".wal").unlink(missing_ok=True)
"""


# Not the file's fault: these end the build instead of putting a file aside.
PASSING_ERRORS = (duckdb.OutOfMemoryException, duckdb.InterruptException, duckdb.HTTPException)


def for_each_good_file(connection, query, paths, read, reason):
    """Run a query on many files so that a bad one tells about itself alone.

    connection: DuckDB connection. query: SQL with $1 for a list of paths; paths: list of str, local or s3://.
    read: function of the paths and the query's rows (list of tuple) to a list as long as paths; reason: function of
    an error's first line (str) to what stands for a bad file. Returns the list for all paths, in their order.
    A list without a bad file costs one query; each bad one a few more, as the list is halved around it.
    Raises DuckDB's error where it is not the file's fault.
    """
    if not paths:
        return []
    try:
        return read(paths, fetch(connection, query, [paths]))
    except PASSING_ERRORS:
        raise
    except ERRORS as error:
        if is_store_error(error):
            raise
        if len(paths) == 1:
            return [reason(str(error).splitlines()[0])]
    middle = len(paths) // 2
    return [
        result
        for half in (paths[:middle], paths[middle:])
        for result in for_each_good_file(connection, query, half, read, reason)
    ]


def parquet_footers(connection, paths):
    """Return the footers of Parquet files, bad ones among them.

    A list as long as paths of JSON texts, {"error": str or null, "columns": {name: DuckDB type}}.
    """
    return for_each_good_file(
        connection,
        "select file_name, name, duckdb_type, coalesce(num_children, 0) from parquet_schema($1)",
        paths,
        columns_by_file,
        lambda reason: json.dumps({"error": reason, "columns": {}}),
    )


def parquet_data_errors(connection, paths):
    """Return why the data of Parquet files with sound footers cannot be read: a list of str or None."""
    return for_each_good_file(
        connection,
        "select count(columns(*)) from read_parquet($1, union_by_name = true, hive_partitioning = false)",
        paths,
        lambda paths, rows: [None] * len(paths),
        str,
    )


def columns_by_file(paths, rows):
    """Return the top-level columns of files as JSON texts, from the rows of parquet_schema()."""
    columns = {path: {} for path in paths}
    inside = 0  # nodes still to come below a nested column, which are no columns of the file
    root = None
    for path, name, data_type, children in rows:
        if path != root:
            root = path
        elif inside:
            inside += children - 1
        else:
            columns[path][name] = data_type or "NESTED"
            inside = children
    return [json.dumps({"error": None, "columns": columns[path]}, ensure_ascii=False) for path in paths]


def unless_store_fails(result, paths, failure):
    """Return result(), or one failure a path when the store fails: a function of SQL cannot end with a clear message.

    result: function without arguments; failure: function of a message (str).
    """
    try:
        return result()
    except ERRORS as error:
        bucket = next((path for path in paths if "://" in path), None)
        if bucket is None or not is_store_error(error):
            raise
        return [failure(STORE_FAILURE + explain(error, bucket))] * len(paths)


def folders_of(root, table, projects):
    """Return the folders (list of str) to list for a table: its own, or those of the projects where these are given.

    root, table: str; projects: list of str. An id that does not stand in a path as it is leaves them all to be listed.
    """
    folder = f"{root}/{table}"
    if not projects or not all(re.fullmatch(r"[A-Za-z0-9_.-]+", project) for project in projects):
        return [folder]
    return [f"{folder}/projectid={project}" for project in projects]


def open_warehouse(path, config):
    """Open the warehouse as dbt is going to, and return the connection.

    path: str of the DuckDB file. config: dict of DuckDB's options.
    Raises DbtRuntimeError with what to do when another process has the file open, or when it cannot be opened.
    """
    try:
        return duckdb.connect(path, read_only=False, config=config)
    except duckdb.Error as error:
        holder = re.search(r"Conflicting lock is held in (.+? \(PID \d+\))", str(error))
        if holder is None:
            raise DbtRuntimeError(f"The warehouse {path} cannot be opened: {error}") from None
        raise DbtRuntimeError(
            f"The warehouse {path} is in use by another process: {holder[1]}. This run stopped before it began and "
            "changed nothing. If that process is a build, wait until it has ended. If it is a reader (a notebook, a "
            "BI tool, the duckdb shell), let it close the file, and from then on open the published copy, which no "
            "build waits for: see FLARELANE_PUBLISHED_WAREHOUSE in the README."
        ) from None


def publish(warehouse, published):
    """Copy the warehouse beside the published path and rename it over, so that a reader finds the old or the new.

    warehouse: Path of the file that this process has open, after a checkpoint. published: str. Returns the path (str).
    Another process copies: to close the file in this one would end its lock, as POSIX locks belong to the process.
    """
    log = warehouse.with_name(warehouse.name + ".wal")
    if log.exists() and log.stat().st_size:
        raise RuntimeError(f"{log} still holds changes: the warehouse was not published.")
    published = Path(published).absolute()
    if published == warehouse:
        raise RuntimeError("FLARELANE_PUBLISHED_WAREHOUSE is the warehouse itself; it must be another path.")
    copied = subprocess.run(
        [sys.executable, "-c", COPY, str(warehouse), str(published)], capture_output=True, text=True
    )
    if copied.returncode:
        raise RuntimeError(f"The warehouse was not published: {copied.stderr.strip().splitlines()[-1]}")
    return str(published)


class Cursor(local.DuckDBCursorWrapper):
    """dbt's cursor, which says what to do when the store fails while a model reads it."""

    roots = set()  # of S3 that this database has opened

    def execute(self, sql, bindings=None):
        """Run SQL. Raises S3Error, which dbt shows as it is, in place of an error of the store."""
        try:
            return super().execute(sql, bindings)
        except ERRORS as error:
            if not self.roots or not is_store_error(error):
                raise
            raise S3Error(explain(error, max(self.roots))) from None


class Plugin(BasePlugin):
    """The connection's set-up; dbt-duckdb calls each method."""

    def update_connection_config(self, creds, config):
        """Make the warehouse's folder, and let DuckDB choose its threads unless told."""
        self.path = Path(creds.path).absolute()
        self.warehouse_folder = self.path.parent
        self.warehouse_folder.mkdir(parents=True, exist_ok=True)
        self.listings = {table: f"{Path(creds.path).absolute()}.{table}.parquet" for table in SOURCE_TABLES}
        Cursor.roots = set()
        local.DuckDBCursorWrapper = Cursor  # dbt-duckdb has no hook for errors
        if int(config.get("threads", 0)) < 1:
            config.pop("threads", None)
        # dbt shows a DbtRuntimeError as it is, and DuckDB's own errors with a traceback. Held until dbt has opened
        # the file too (DuckDB gives a process one instance of it), so that no other process comes in between.
        self.opened = open_warehouse(creds.path, config)

    def configure_connection(self, connection):
        """Register the functions, and write the file that stands for 'no files to read'."""
        self.opened.close()
        self.empty_file = str(self.warehouse_folder / EMPTY_FILE)
        quoted = self.empty_file.replace("'", "''")
        connection.execute(f"copy (select null::varchar as id where false) to '{quoted}' (format parquet)")
        texts = duckdb.list_type(VARCHAR)
        files = connection.cursor()

        def register(name, function, arguments, result):
            connection.create_function(name, function, arguments, result, side_effects=True)

        def footers(paths):
            return unless_store_fails(
                lambda: parquet_footers(files, paths), paths, lambda text: json.dumps({"error": text, "columns": {}})
            )

        def data_errors(paths):
            return unless_store_fails(lambda: parquet_data_errors(files, paths), paths, str)

        def open_export(root):
            """Return '' when the store is open, else what keeps it from being opened."""
            try:
                open_store(files, root)
                Cursor.roots.add(root)
            except S3Error as error:
                return str(error)
            return ""

        def list_export(root, source_table, projects):
            """Return '' when the objects are listed in the table's listing file, else why they cannot be."""
            folders, listing = folders_of(root, source_table, projects), self.listings[source_table]
            try:
                if "://" in root:
                    list_objects(files, root, [f"{escape(folder)}/**" for folder in folders], listing)
                else:
                    list_folders(files, folders, listing)
            except (S3Error, FolderError) as error:
                return str(error)
            return ""

        register("parquet_footers", footers, [texts], texts)
        register("parquet_data_errors", data_errors, [texts], texts)
        register("open_export", open_export, [VARCHAR], VARCHAR)
        register("list_export", list_export, [VARCHAR, VARCHAR, texts], VARCHAR)
        register("partition_folders", partition_folders, [VARCHAR], VARCHAR)
        register("folder_exists", os.path.isdir, [VARCHAR], BOOLEAN)
        people = ForgetList()
        register("forget_list", people.json, [], VARCHAR)
        register("forget_list_problem", people.problem, [], VARCHAR)
        register("forget_list_fingerprint", people.fingerprint, [], VARCHAR)
        register("remove_copy", remove_copy, [VARCHAR], VARCHAR)
        register("put_in_place", lambda copy: put_in_place(copy, self.path), [VARCHAR], VARCHAR)
        register("publish_warehouse", lambda path: publish(self.path, path), [VARCHAR], VARCHAR)

    def configure_cursor(self, cursor):
        """Hand the secret and the constants of this run to SQL as variables of the cursor."""
        cursor.execute("set variable no_rows_file = $1", [self.empty_file])
        for table, listing in self.listings.items():
            cursor.execute(f"set variable {table}_listing = $1", [listing])
        key = os.environ.get(HASH_KEY_VARIABLE)
        if key:
            cursor.execute("set variable recipient_hash_key = $1", [key])
