"""What Spark needs to look at the export: a data source that lists and checks its files, and reads those in S3.

Spark finds it by its name, which begins with `pyspark_`, in the folders of PYTHONPATH. SQL reads it as a view:

    create temporary view files using flarelane_export options (view 'files', root 'sample/export', table 'crm_events')
"""

import json
import os
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from documented_columns import hidden_columns, known_columns
from export_folder import files_below, folders_of, partition_folders, printable
from forget_list import ForgetList
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from s3_objects import SCHEME, explain, is_object, is_store_error, objects_below, open_object
from s3_settings import S3Error, check_scheme

SCHEMAS = {
    "files": "path string, uri string, size_bytes bigint, modified_us bigint, problem string",
    "footers": "path string, column_name string, column_type string, documented_name string, footer_error string, "
    "data_error string, source_rows bigint, store_failure string",
    "files_for_arrow": "path string",
    "folders": "folder string",
    "place": "uri string, is_folder boolean, is_file boolean",
    "store": "problem string",
    "forget_list": "project_id string, user_id string, device_id string, recipient_hash string",
    "forget_list_state": "problem string, fingerprint string",
}
# Files that one task checks or reads, and their bytes: one of more has a task of its own.
FILES_A_TASK, BYTES_A_TASK = 50, 64 * 1024 * 1024
# Beside letters and digits: what Java leaves as it is in the path of a URI.
STAND_IN_URIS = "-_.!~*'(),;:$&+=@/"
# What Spark's own reader takes, as Arrow names it; files with anything else are read by Arrow.
CODECS_OF_SPARK = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4"}
ENCODINGS_OF_SPARK = {"PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY", "BIT_PACKED"} | {
    f"DELTA_{name}" for name in ("BINARY_PACKED", "BYTE_ARRAY", "LENGTH_BYTE_ARRAY")
}
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
    pa.string_view(): "VARCHAR",
    pa.binary(): "VARCHAR",
    pa.null(): "NULL",
}
WHOLE_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
# What Spark's own reader takes for the documented type, and what Arrow casts to it beside that, as DuckDB does.
READ_BY_SPARK = {"varchar": {"VARCHAR"}, "boolean": {"BOOLEAN"}, "bigint": WHOLE_NUMBERS}
CAST_BY_ARROW = {
    "varchar": {"NULL", "BOOLEAN", "UBIGINT"} | WHOLE_NUMBERS,
    "boolean": {"NULL", "UBIGINT"} | WHOLE_NUMBERS,
    "bigint": {"NULL", "UBIGINT", "FLOAT", "DOUBLE"},
}
ARROW_TYPES = {"varchar": pa.string(), "boolean": pa.bool_(), "bigint": pa.int64()}


def listed(root, table, projects):
    """Yield a row of the view `files` for each file below a table of the export. Raises FolderError and S3Error.

    An object in S3 that is not Parquet has no size, as in the listing for DuckDB.
    """
    for folder in folders_of(root, table, projects):
        if root.startswith(SCHEME):
            for path, size, modified in objects_below(folder):
                is_parquet = path.endswith(".parquet")
                yield path, path, size if is_parquet else None, modified if is_parquet else None, None
            continue
        for file in files_below(folder):
            yield (
                printable(file.path),
                uri_of(file.path) if file.problem is None else None,
                file.bytes,
                file.modified,
                file.problem,
            )


def absolute(path):
    """Return a path (str) as Spark has it: absolute and without `..`, with its links. path: str or Path."""
    return os.path.abspath(path)  # noqa: PTH100 (Path.resolve() follows links)


def uri_of(path):
    """Return the name (str) that Spark has for a file: its URI as Java writes it. path: str or Path."""
    return "file:" + "".join(map(quoted, absolute(path)))


def quoted(character):
    """Return a character (str) of a path as Java's URI has it, which beyond ASCII quotes spaces and controls alone."""
    if character.isascii():
        return quote(character, safe=STAND_IN_URIS)
    return quote(character) if unicodedata.category(character) in ("Zs", "Zl", "Zp", "Cc") else character


def type_name(data_type):
    """Return DuckDB's name (str) of an Arrow type."""
    if pa.types.is_dictionary(data_type):
        return type_name(data_type.value_type)
    if pa.types.is_nested(data_type):
        return "NESTED"
    return TYPE_NAMES.get(data_type) or str(data_type).upper()


def opened(place, size):
    """Return a file as what Arrow opens. place: str, an absolute path or s3://bucket/key; size: of an object, int.

    Raises S3Error.
    """
    return open_object(place, size) if place.startswith(SCHEME) else place


def checked(path, place, size, documented):
    """Yield the rows of the view `footers` of one file: one per column, or one without where there is none to tell.

    path: str, as the view has it. place, size: see opened(). documented: the documented columns and their types, as
    dict of str. Reads the documented columns whole.
    """
    try:
        file = pq.ParquetFile(opened(place, size))
        types = types_of(file, documented)
        data_error = wrong_data(file, types, documented)
    except S3Error as error:
        yield path, None, None, None, None, None, None, str(error)
        return
    except (OSError, pa.ArrowException) as error:
        failure = explain(error, place) if place.startswith(SCHEME) and is_store_error(error) else None
        yield path, None, None, None, None if failure else reason(error), None, None, failure
        return
    source_rows = None if data_error else file.metadata.num_rows
    known = {name: column for column, name in known_columns(types, documented).items()}
    for name, column_type in (types or {None: None}).items():
        yield path, name, column_type, known.get(name), None, data_error, source_rows, None


def types_of(file, documented):
    """Return the types of a file's columns as {name: DuckDB's name of the type} (dict of str), NULL for nulls alone.

    file: ParquetFile. documented: see checked(). Raises the store's errors as Arrow has them.
    """
    types = {field.name: type_name(field.type) for field in file.schema_arrow}
    for column, name in known_columns(types, documented).items():
        if (
            types[name] != "NESTED"
            and not is_readable(types[name], documented[column])
            and holds_nulls_alone(file, name)
        ):
            types[name] = "NULL"
    return types


def holds_nulls_alone(file, name):
    """Whether a column (str) of a file (ParquetFile) can be read and has no value.

    Raises the store's errors as Arrow has them.
    """
    try:
        return all(
            values.null_count == len(batch) for batch in file.iter_batches(columns=[name]) for values in batch.columns
        )
    except (OSError, pa.ArrowException, ValueError) as error:
        if is_store_error(error):
            raise
        return False


def wrong_data(file, types, documented):
    """Return why the documented columns cannot be read (str), or None. Raises the store's errors as Arrow has them.

    file: ParquetFile. types: of its columns, as DuckDB names them. documented: see checked().
    """
    hidden = hidden_columns(types, documented)
    if hidden:
        return hidden
    known = {name: documented[column] for column, name in known_columns(types, documented).items()}
    unreadable = [name for name, data_type in known.items() if not is_readable(types[name], data_type)]
    if unreadable:
        return "; ".join(f"{name} is {types[name]}, which Spark does not read as {known[name]}" for name in unreadable)
    try:
        for batch in file.iter_batches(columns=list(known)):
            for name, values in zip(batch.schema.names, batch.columns, strict=True):
                error = cast_error(values, ARROW_TYPES[known[name]])
                if error:
                    return f"column {name}: {error}"
    except (OSError, pa.ArrowException, ValueError) as error:
        if is_store_error(error):
            raise
        return reason(error)
    return None


def cast_error(values, data_type):
    """Return why an Arrow array cannot be cast to a type (str), or None."""
    try:
        typed(values, data_type)
    except pa.ArrowInvalid as error:
        return reason(error)
    return None


def is_readable(data_type, documented_type):
    """Whether a type of a file (DuckDB's name, str) can be read as the documented one (str)."""
    return data_type in READ_BY_SPARK[documented_type] | CAST_BY_ARROW[documented_type]


def is_for_arrow(place, documented):
    """Whether Spark's own reader stops at a file in a folder that Arrow reads (bool). place, documented: see checked().

    It takes no name with a colon, no column that is there twice, and not all types, codecs and encodings.
    """
    try:
        file = pq.ParquetFile(place)
    except (OSError, pa.ArrowException):
        return False  # It has changed since it was checked; the next build sees that.
    fields = [field for field in file.schema_arrow if field.name.lower() in documented]
    names = [field.name for field in fields]
    groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    return (
        ":" in Path(place).name
        or len({name.lower() for name in names}) < len(names)
        or any(type_name(field.type) not in READ_BY_SPARK[documented[field.name.lower()]] for field in fields)
        or any(
            chunk.compression not in CODECS_OF_SPARK or not ENCODINGS_OF_SPARK.issuperset(chunk.encodings)
            for chunk in chunks
            if chunk.path_in_schema in names
        )
    )


def rows_of(path, place, size, documented):
    """Yield the rows of a file as Arrow's batches: the documented columns, file_uri and file_row_number.

    path, place, size, documented: see checked(). A column that the file lacks is null. Raises S3Error.
    """
    uri = path if path.startswith(SCHEME) else uri_of(place)
    try:
        file = pq.ParquetFile(opened(place, size), pre_buffer=True)
        columns = known_columns(file.schema_arrow.names, documented)
        rows_before = 0
        for batch in file.iter_batches(columns=list(columns.values())):
            places = {column: batch.schema.names.index(name) for column, name in columns.items()}
            values = {
                column: typed(batch.column(places[column]), ARROW_TYPES[documented_type])
                if column in columns
                else pa.nulls(len(batch), ARROW_TYPES[documented_type])
                for column, documented_type in documented.items()
            }
            values["file_uri"] = pa.repeat(uri, len(batch))
            values["file_row_number"] = pa.array(range(rows_before, rows_before + len(batch)), pa.int64())
            rows_before += len(batch)
            yield pa.record_batch(values)
    except OSError as error:
        if not is_store_error(error):
            raise
        raise S3Error(explain(error, path)) from None


def typed(values, data_type):
    """Return an Arrow array cast to a type, as DuckDB does.

    Texts that are no UTF-8 stay as they are, as where Spark reads a folder. Nulls alone can be of any type.
    """
    if values.null_count == len(values):
        return pa.nulls(len(values), data_type)
    if pa.types.is_binary(values.type):
        return values.cast(options=pc.CastOptions(data_type, allow_invalid_utf8=True))
    return values.cast(data_type)


def reason(error):
    """Return the first line (str) of what an error says, without a full stop."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def tasks_of(files):
    """Return files, a list of which the last value is the size in bytes (int or None), as a list of lists of a task."""
    tasks, bytes_of_task = [[]], 0
    for file in files:
        size = file[-1] or 0
        if tasks[-1] and (len(tasks[-1]) == FILES_A_TASK or bytes_of_task + size > BYTES_A_TASK):
            tasks.append([])
            bytes_of_task = 0
        tasks[-1].append(file)
        bytes_of_task += size
    return tasks


class ExportReader(DataSourceReader):
    """Reads one of the views: files are checked and read in several tasks, all else is read where dbt runs.

    Only there are dbt's working folder and environment: on a cluster a task has neither, and without the environment no
    forget list.
    """

    def __init__(self, options):
        self.view = options["view"]
        self.root = options.get("root")
        self.table = options.get("table")
        self.projects = json.loads(options.get("projects", "[]"))
        self.files = json.loads(options.get("files", "[]"))
        self.documented = json.loads(options.get("columns", "{}"))

    def partitions(self):
        """Return what each task gets (list of InputPartition): files to check or to read, or rows."""
        if self.view in ("footers", "files_for_arrow", "rows"):
            files = [(path, place_of(path), size) for path, size in self.files]
            return [InputPartition(task) for task in tasks_of(files)]
        values = list(self.rows())
        tasks = [values[start : start + ROWS_A_TASK] for start in range(0, len(values), ROWS_A_TASK)]
        return [InputPartition(task) for task in tasks or [[]]]

    def rows(self):
        """Yield the rows of any view but those of files."""
        if self.view == "files":
            yield from listed(self.root, self.table, self.projects)
        elif self.view == "place":
            yield place_of_export(self.root)
        elif self.view == "store":
            yield (problem_of_store(self.root),)
        elif self.view == "forget_list":
            yield from ForgetList().people
        elif self.view == "forget_list_state":
            people = ForgetList()
            problem = people.problem()
            yield problem, "" if problem else people.fingerprint()
        else:
            yield from ((folder,) for folder in json.loads(partition_folders(self.root)))

    def read(self, partition):
        """Yield the rows of a task, those of the view `rows` as Arrow's batches."""
        if self.view == "footers":
            for path, place, size in partition.value:
                yield from checked(path, place, size, self.documented)
        elif self.view == "files_for_arrow":
            yield from ((path,) for path, place, _ in partition.value if is_for_arrow(place, self.documented))
        elif self.view == "rows":
            for path, place, size in partition.value:
                yield from rows_of(path, place, size, self.documented)
        else:
            yield from partition.value


def place_of(path):
    """Return where a file is, whatever the working folder: an absolute path or s3://bucket/key. path: str."""
    return path if path.startswith(SCHEME) else absolute(path)


def place_of_export(path):
    """Return the row of the view `place` of a file or folder of the export. path: str. Raises S3Error.

    In S3 there are no folders, only objects whose names begin alike.
    """
    if path.startswith(SCHEME):
        return path, False, is_object(path)
    place = Path(path)
    return f"file:{absolute(path)}", place.is_dir(), place.is_file()


def problem_of_store(root):
    """Return what keeps an export in S3 from being listed (str), or None. root: s3://bucket/prefix."""
    try:
        objects_below(root, recursive=False)
    except S3Error as error:
        return str(error)
    return None


class DefaultSource(DataSource):
    """The data source `flarelane_export`. Its options say which view of the export it is: see SCHEMAS."""

    @classmethod
    def name(cls):
        """Return the name by which SQL knows it."""
        return "flarelane_export"

    def schema(self):
        """Return the columns of the view. Raises S3Error."""
        root = self.options.get("root", "")
        if "://" in root:
            check_scheme(root)
        if self.options["view"] == "rows":
            return f"{self.options['fields']}, file_uri string, file_row_number bigint"
        return SCHEMAS[self.options["view"]]

    def reader(self, schema):
        """Return what reads the view."""
        return ExportReader(self.options)
