"""What Spark needs to look at the export: a data source that lists its files and checks whether they can be read.

Spark finds it by its name, which begins with `pyspark_`, in the folders of PYTHONPATH. SQL reads it as a view:

    create temporary view files using flarelane_export options (view 'files', root 'sample/export', table 'crm_events')
"""

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from export_folder import FolderError, files_below, partition_folders, printable
from forget_list import ForgetList
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

SCHEMAS = {
    "files": "path string, uri string, size_bytes bigint, modified_us bigint, problem string",
    "footers": "path string, column_name string, column_type string, footer_error string, data_error string",
    "folders": "folder string",
    "place": "uri string, is_folder boolean, is_file boolean",
    "forget_list": "project_id string, user_id string, device_id string, recipient_hash string",
    "forget_list_state": "problem string, fingerprint string",
}
# Files that one task checks.
FILES_A_TASK = 50
# Rows that one task is given.
ROWS_A_TASK = 10_000
# Arrow's types and DuckDB's names of them, which the rules on types of columns know.
TYPE_NAMES = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.uint8(): "UTINYINT",
    pa.uint16(): "USMALLINT",
    pa.uint32(): "UINTEGER",
    pa.uint64(): "UBIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.string(): "VARCHAR",
    pa.large_string(): "VARCHAR",
    pa.binary(): "VARCHAR",
    pa.null(): "NULL",
}
# What Spark reads as the documented type without a cast.
READ_AS = {
    "varchar": {"VARCHAR", "NULL"},
    "boolean": {"BOOLEAN", "NULL"},
    "bigint": {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "NULL"},
}


def folders_of(root, table, projects):
    """Return the folders (list of str) to list for a table, as the plugin for DuckDB does. projects: list of str."""
    folder = f"{root}/{table}"
    if not projects or not all(re.fullmatch(r"[A-Za-z0-9_.-]+", project) for project in projects):
        return [folder]
    return [f"{folder}/projectid={project}" for project in projects]


def listed(root, table, projects):
    """Yield a row of the view `files` for each file below a table of the export. Raises FolderError."""
    for folder in folders_of(root, table, projects):
        for file in files_below(folder):
            yield (
                printable(file.path),
                uri_of(file.path) if file.problem is None else None,
                file.bytes,
                file.modified,
                file.problem,
            )


def uri_of(path):
    """Return the name (str) that Spark has for the file or folder of a path (str)."""
    return f"file:{Path(path).absolute()}"


def type_name(data_type):
    """Return DuckDB's name (str) of an Arrow type."""
    if pa.types.is_nested(data_type):
        return "NESTED"
    return TYPE_NAMES.get(data_type) or str(data_type).upper()


def checked(path, place, documented):
    """Yield the rows of the view `footers` of one file: one per column, or one without where there is none to tell.

    path: str, as the view has it. place: str, its absolute path. documented: the documented columns and their types, as
    dict of str. Reads the documented columns whole.
    """
    try:
        file = pq.ParquetFile(place)
        types = {field.name: type_name(field.type) for field in file.schema_arrow}
    except (OSError, pa.ArrowException) as error:
        yield path, None, None, reason(error), None
        return
    data_error = None
    known = {name: documented[name.lower()] for name in types if name.lower() in documented}
    unreadable = [name for name, documented_type in known.items() if types[name] not in READ_AS[documented_type]]
    if unreadable:
        data_error = "; ".join(
            f"{name} is {types[name]}, which Spark does not read as {known[name]}" for name in unreadable
        )
    else:
        try:
            for _ in file.iter_batches(columns=list(known)):
                pass
        except (OSError, pa.ArrowException, ValueError) as error:
            data_error = reason(error)
    if not types:
        yield path, None, None, None, data_error
    for name, column_type in types.items():
        yield path, name, column_type, None, data_error


def reason(error):
    """Return the first line (str) of what an error says, without a full stop."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


class ExportReader(DataSourceReader):
    """Reads one of the views: files are checked in several tasks, all else is read where dbt runs.

    Only there are dbt's working folder and environment: on a cluster a task has neither, and without the environment no
    forget list.
    """

    def __init__(self, options):
        # Spark reads a table without the options that it was made with.
        self.view = options.get("view", "forget_list")
        self.root = options.get("root")
        self.table = options.get("table")
        self.projects = json.loads(options.get("projects", "[]"))
        self.paths = json.loads(options.get("paths", "[]"))
        self.documented = json.loads(options.get("columns", "{}"))

    def partitions(self):
        """Return what each task gets (list of InputPartition): files to check, or rows."""
        if self.view == "footers":
            values, of_a_task = [(path, str(Path(path).absolute())) for path in self.paths], FILES_A_TASK
        else:
            values, of_a_task = list(self.rows()), ROWS_A_TASK
        tasks = [values[start : start + of_a_task] for start in range(0, len(values), of_a_task)]
        return [InputPartition(task) for task in tasks or [[]]]

    def rows(self):
        """Yield the rows of any view but `footers`."""
        if self.view == "files":
            yield from listed(self.root, self.table, self.projects)
        elif self.view == "place":
            place = Path(self.root)
            yield uri_of(self.root), place.is_dir(), place.is_file()
        elif self.view == "forget_list":
            yield from ForgetList().people
        elif self.view == "forget_list_state":
            people = ForgetList()
            problem = people.problem()
            yield problem, "" if problem else people.fingerprint()
        else:
            yield from ((folder,) for folder in json.loads(partition_folders(self.root)))

    def read(self, partition):
        """Yield the rows of a task."""
        if self.view == "footers":
            for path, place in partition.value:
                yield from checked(path, place, self.documented)
        else:
            yield from partition.value


class DefaultSource(DataSource):
    """The data source `flarelane_export`. Its options say which view of the export it is: see SCHEMAS."""

    @classmethod
    def name(cls):
        """Return the name by which SQL knows it."""
        return "flarelane_export"

    def schema(self):
        """Return the columns of the view. Raises FolderError."""
        if "://" in self.options.get("root", ""):
            raise FolderError("On Spark the export must lie in a folder, not in S3.")
        return SCHEMAS[self.options["view"]]

    def reader(self, schema):
        """Return what reads the view."""
        return ExportReader(self.options)
