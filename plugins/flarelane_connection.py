"""What DuckDB needs before the first model runs, done when dbt opens its connection.

dbt-duckdb loads this module as a plugin (see profiles.yml). It keeps the recipient hash key out of compiled SQL and
logs by handing it over as a DuckDB variable, and gives SQL the few functions that it lacks for looking at files.
"""

import json
import os
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import BOOLEAN, VARCHAR

HASH_KEY_VARIABLE = "FLARELANE_RECIPIENT_HASH_KEY"
EMPTY_FILE = "no_rows.parquet"
PARTITION_FOLDERS = "*_events/projectid=*/date=*"


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
        return read(paths, connection.execute(query, [paths]).fetchall())
    except PASSING_ERRORS:
        raise
    except duckdb.Error as error:
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


def partition_folders(root):
    """Return the partition folders (list of str) below a local export; none for s3://, which has no folders."""
    return [] if "://" in root else sorted(str(path) for path in Path(root).glob(PARTITION_FOLDERS))


class Plugin(BasePlugin):
    """The connection's set-up; dbt-duckdb calls each method."""

    def update_connection_config(self, creds, config):
        """Make the warehouse's folder, and let DuckDB choose its threads unless told."""
        self.warehouse_folder = Path(creds.path).absolute().parent
        self.warehouse_folder.mkdir(parents=True, exist_ok=True)
        if int(config.get("threads", 0)) < 1:
            config.pop("threads", None)

    def configure_connection(self, connection):
        """Register the functions, and write the file that stands for 'no files to read'."""
        self.empty_file = str(self.warehouse_folder / EMPTY_FILE)
        quoted = self.empty_file.replace("'", "''")
        connection.execute(f"copy (select null::varchar as id where false) to '{quoted}' (format parquet)")
        texts = duckdb.list_type(VARCHAR)
        files = connection.cursor()

        def register(name, function, arguments, result):
            connection.create_function(name, function, arguments, result, side_effects=True)

        register("parquet_footers", lambda paths: parquet_footers(files, paths), [texts], texts)
        register("parquet_data_errors", lambda paths: parquet_data_errors(files, paths), [texts], texts)
        register("partition_folders", partition_folders, [VARCHAR], texts)
        register("folder_exists", os.path.isdir, [VARCHAR], BOOLEAN)

    def configure_cursor(self, cursor):
        """Hand the secret and the constants of this run to SQL as variables of the cursor."""
        cursor.execute("set variable no_rows_file = $1", [self.empty_file])
        key = os.environ.get(HASH_KEY_VARIABLE)
        if key:
            cursor.execute("set variable recipient_hash_key = $1", [key])
