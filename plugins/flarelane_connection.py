"""What DuckDB needs before the first model runs, done when dbt opens its connection.

dbt-duckdb loads this module as a plugin (see profiles.yml). It keeps the recipient hash key out of compiled SQL and
logs by handing it over as a DuckDB variable, and gives SQL the few functions that it lacks for looking at files.
"""

import errno
import gc
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.environments import local
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.events.base_types import EventLevel
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note
from dbt_common.exceptions import DbtRuntimeError
from duckdb.sqltypes import BIGINT, BOOLEAN, VARCHAR
from export_folder import FolderError, folders_of, list_folders, partition_folders, pattern_of, quoted
from file_check import VERSION, FileCheck, StoreFailure
from forget_list import ForgetList
from s3_store import ERRORS, S3Error, explain, is_store_error, list_objects, open_store
from scratch_folder import ScratchFolder, left_folders
from warehouse_file import DAMAGE_NOTE, finish_rewrite, is_damage, put_in_place, read_metadata, remove_copy, set_aside

HASH_KEY_VARIABLE = "FLARELANE_RECIPIENT_HASH_KEY"
EMPTY_FILE = "no_rows.parquet"
# As the operating system has it: full, over the quota, over the limit of a file.
NO_ROOM = "No space left on device|Disk quota exceeded|File too large"
SOURCE_TABLES = ("crm_events", "customer_events")
ACCESS_MODES = ("automatic", "read_only", "read_write")
# Commands that cannot do without writing.
WRITING = ("build", "run", "seed")
# Of the memory that a build may hold. The rest is for Python, dbt and what DuckDB holds without counting it.
DUCKDBS_SHARE = 7 / 8
# For a process of its own: to close the file in this one would end its lock, as POSIX locks belong to the process.
COPY = """
import shutil, sys
try:
    shutil.copyfile(*sys.argv[1:])
except OSError as error:
    sys.exit(error.errno or 1)
"""


def unless_store_fails(result, paths):
    """Return result(), or one failure a path when the store fails: a function of SQL cannot end with a clear message.

    result: function without arguments, of a list of dict.
    """
    try:
        return [json.dumps(verdict, ensure_ascii=False) for verdict in result()]
    except StoreFailure as error:
        failure = str(error)
    except ERRORS as error:
        bucket = next((path for path in paths if "://" in path), None)
        if bucket is None or not is_store_error(error):
            raise
        failure = explain(error, bucket)
    return [json.dumps({"store_failure": failure, "columns": {}})] * len(paths)


def is_for_reading(config):
    """Return whether the warehouse is opened to be read alone (bool). config: dict of DuckDB's options."""
    return str(config.get("access_mode")).lower() == "read_only"


def open_warehouse(path, config, left=()):
    """Open the warehouse as dbt is going to, and return the connection; a damaged one is set aside before.

    One that is opened to be read stays where it is. path: str of the DuckDB file. config: dict of DuckDB's options.
    left: folders (list of Path) of runs that were killed, or that found the file damaged.
    Raises DbtRuntimeError with what to do when another process has the file open, or when it cannot be opened.
    """
    try:
        connection = duckdb.connect(path, read_only=False, config=config)
        damage = "a run found it damaged" if any((folder / DAMAGE_NOTE).exists() for folder in left) else None
    except duckdb.Error as error:
        if not is_damage(error) or is_for_reading(config):
            raise unopened_warehouse(path, error) from None
        connection, damage = None, first_line(error)
    if connection is not None and left and damage is None:
        try:
            read_metadata(connection)
        except duckdb.Error as error:
            damage = first_line(error)
    if damage is None or is_for_reading(config):
        return connection
    if connection is not None:
        connection.close()
    aside = set_aside(Path(path))
    fire_event(
        Note(
            msg=f"The warehouse {path} was damaged, most likely by a run that was killed while it wrote ({damage}). It "
            f"was set aside as {aside}, which you may delete, and all is built anew from the export."
        ),
        level=EventLevel.WARN,
    )
    return open_warehouse(path, config)


def memory_settings(limit):
    """Return DuckDB's settings (dict) of memory in a process that may hold as much as limit (str, such as 4GB) says.

    Half of DuckDB's memory is a region for blocks, where a block takes the place of one that is freed: to give memory
    back and ask for it again costs CPU seconds. A region never shrinks, so the other half is for all that is no block.
    DuckDB sets aside as much as its limit would be without a setting, and aborts the process when a region is larger.
    Raises DbtRuntimeError for a limit that is no size.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        size, default = connection.execute(
            "select try(parse_formatted_bytes($1)), parse_formatted_bytes(current_setting('memory_limit'))", [limit]
        ).fetchone()
    if size is None:
        raise DbtRuntimeError(f"FLARELANE_MEMORY_LIMIT is '{limit}'; it must be a size such as 4GB.")
    of_duckdb = int(size * DUCKDBS_SHARE)
    # The default is rounded to three digits.
    region = min(of_duckdb // 2, int(default * 0.9))
    return {"memory_limit": f"{of_duckdb}B", "block_allocator_memory": f"{region}B"}


def thread_settings(threads):
    """Return DuckDB's settings (dict) of so many threads (str), of none for 0: one a core. Raises DbtRuntimeError."""
    if not re.fullmatch("[0-9]+", threads):
        raise DbtRuntimeError(f"FLARELANE_THREADS is '{threads}'; it must be a whole number, 0 for one per core.")
    return {"threads": threads} if int(threads) else {}


def first_line(error):
    """Return the first line (str) of what an error says."""
    return str(error).splitlines()[0]


def unopened_warehouse(path, error):
    """Return the DbtRuntimeError that says what to do when a warehouse cannot be opened. path: str; error: DuckDB's."""
    holder = re.search(r"Conflicting lock is held in (.+? \(PID \d+\))", str(error))
    if holder is None:
        return DbtRuntimeError(
            f"The warehouse {path} cannot be opened: {first_line(error)}. Let the user who runs dbt read "
            "and write it and its folder, or set FLARELANE_WAREHOUSE to another file, and build again."
        )
    return DbtRuntimeError(
        f"The warehouse {path} is in use by another process: {holder[1]}. This run stopped before it began and "
        "changed nothing. If that process is a build, wait until it has ended. If it is a reader (a notebook, a "
        "BI tool, the duckdb shell), let it close the file, and from then on open the published copy, which no "
        "build waits for: see FLARELANE_PUBLISHED_WAREHOUSE in docs/settings.md."
    )


class NotPublished(Exception):
    """What keeps the warehouse from being published, in words for whoever runs the build."""

    def __init__(self, published, reason, advice="Set FLARELANE_PUBLISHED_WAREHOUSE to another path"):
        super().__init__(
            f"The warehouse is built, and was not published as {published}: {reason}. {advice}, and build again."
        )

    @classmethod
    def because(cls, published, error):
        """Return one that comes from an OSError."""
        advice = (
            "Let the user who runs dbt write there, make room, or set FLARELANE_PUBLISHED_WAREHOUSE to another path"
        )
        return cls(published, error.strerror, advice)


def unfinished_copy(published):
    """Return the path (str) of the copy that takes the published one's place when it is finished. published: Path.

    The same each time: the next build removes what a killed one left.
    """
    return f"{published}.unfinished"


@contextmanager
def publishing(published):
    """What is done for a published copy (Path): where it fails, what there is of the new one goes.

    Raises NotPublished in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            remove_copy(unfinished_copy(published))
        raise NotPublished.because(published, error) from None


def begin_copy(warehouse, published):
    """Make ready for a new published copy, and return the path (str) of the file that it is to be written to.

    warehouse: Path of the file that this process has open. published: Path. Makes the folder. Raises NotPublished.
    """
    with publishing(published):
        published.parent.mkdir(parents=True, exist_ok=True)
        if published.exists() and published.samefile(warehouse):
            raise NotPublished(published, "it is the warehouse itself")
        if not os.access(published.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return remove_copy(unfinished_copy(published))


def finish_copy(published):
    """Rename the new copy over the published one, so that a reader finds the old or the new; return its path (str).

    published: Path. Raises NotPublished.
    """
    with publishing(published):
        Path(f"{published}.wal").unlink(missing_ok=True)
        return put_in_place(unfinished_copy(published), published)


def publish(warehouse, published):
    """Publish the whole warehouse, and return the path (str) of the copy.

    warehouse: Path of the file that this process has open, after a checkpoint. published: Path. Raises NotPublished.
    """
    log = Path(f"{warehouse}.wal")
    if log.exists() and log.stat().st_size:
        raise NotPublished(published, f"{log} still holds changes", "End what has the warehouse open")
    copy = begin_copy(warehouse, published)
    with publishing(published):
        ended = subprocess.run([sys.executable, "-c", COPY, str(warehouse), copy]).returncode
        if ended:
            raise OSError(ended, os.strerror(ended) if ended > 0 else f"the process that copies ended with {ended}")
    return finish_copy(published)


def not_published(error):
    """Return the DbtRuntimeError that says what a NotPublished said, if an error of DuckDB comes from one, or None."""
    said = re.search(r"UDF: NotPublished: (.+)", str(error))
    return DbtRuntimeError(said[1]) if said else None


def full_disk(error):
    """Return the DbtRuntimeError that says that the disk is full, if that is what an error of DuckDB comes from.

    After such an error while it commits, DuckDB refuses all that follows and repeats it.
    """
    reason = re.search(NO_ROOM, str(error))
    if reason is None or not isinstance(error, duckdb.Error):
        return None
    file = re.search(r'file "([^"]+)"', str(error))
    return DbtRuntimeError(
        f"The disk is full ({reason[0]}){f': {file[1]}' if file else ''}. Make room, or set FLARELANE_WAREHOUSE or "
        "FLARELANE_TEMP_DIRECTORY to a place that has some, and build again: the next build carries on after the last "
        "model that was finished."
    )


def handle(environment, open_handle=local.LocalEnvironment.handle):
    """Return dbt-duckdb's handle of its environment; say so when the disk is full, as DuckDB then gives out no more."""
    try:
        return open_handle(environment)
    except duckdb.Error as error:
        raise full_disk(error) or error from None


class Cursor(local.DuckDBCursorWrapper):
    """dbt's cursor: it has the variables of this run, and says what to do when the store fails while a model reads it,
    or the warehouse is damaged."""

    roots = set()  # of S3 that this database has opened
    scratch = None  # ScratchFolder of this run
    constants = ""  # SQL that sets the variables of this run but for the secret
    has_variables = False

    def execute(self, sql, bindings=None):
        """Run SQL. Raises S3Error or DbtRuntimeError, which dbt shows as they are, in place of what they explain."""
        try:
            # dbt asks for a cursor for each of some hundred nodes, and few of them read or set a variable.
            if not self.has_variables and "variable" in sql.lower():
                self.has_variables = True
                self.set_variables()
            return super().execute(sql, bindings)
        except ERRORS as error:
            if self.roots and is_store_error(error):
                raise S3Error(explain(error, max(self.roots))) from None
            raise not_published(error) or full_disk(error) or self.damage(error) or error from None

    def set_variables(self):
        """Hand the constants of this run and the secret to SQL as variables."""
        super().execute(self.constants)
        key = os.environ.get(HASH_KEY_VARIABLE)
        if key:
            super().execute("set variable recipient_hash_key = $1", [key])

    def damage(self, error):
        """Return the DbtRuntimeError that says that the warehouse is damaged, if an error of DuckDB says that, and
        leave a note for the next run."""
        if not is_damage(error):
            return None
        self.scratch.leave_note(DAMAGE_NOTE)
        return DbtRuntimeError(
            f"The warehouse is damaged ({first_line(error)}). Build again: the next build sets the file aside and "
            "builds all of it anew from the export."
        )


class Plugin(BasePlugin):
    """The connection's set-up; dbt-duckdb calls each method but leave_the_project_alone()."""

    scratch = None
    check = None
    has_frozen = False

    def initialize(self, config):
        """Begin without listings. config: dict of the profile."""
        self.listed_ahead = []  # what list_export() was called with, as a list of tuple

    def update_connection_config(self, creds, config):
        """Make the folders, leave memory to others than DuckDB, and let it choose its threads unless told.

        Raises DbtRuntimeError with what to do.
        """
        self.path = Path(creds.path).absolute()
        temporary = Path(config.get("temp_directory") or f"{creds.path}.tmp").absolute()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise folder_error("warehouse", "FLARELANE_WAREHOUSE", self.path.parent, error) from None
        Cursor.roots = set()
        local.DuckDBCursorWrapper = Cursor  # dbt-duckdb has no hook for errors
        local.LocalEnvironment.handle = handle
        if str(config.get("access_mode", "automatic")).lower() not in ACCESS_MODES:
            raise DbtRuntimeError(
                f"FLARELANE_ACCESS_MODE is '{config['access_mode']}'; it must be one of {', '.join(ACCESS_MODES)}."
            )
        if is_for_reading(config) and get_flags().WHICH in WRITING:
            raise DbtRuntimeError(
                f"FLARELANE_ACCESS_MODE is read_only, and `dbt {get_flags().WHICH}` writes. Unset it, or use a command "
                "that only reads, such as `dbt show`."
            )
        config |= thread_settings(str(config.pop("threads", 0)))
        self.threads = int(config.get("threads", 0))
        if "memory_limit" in config:
            config |= memory_settings(config["memory_limit"])
        # dbt shows a DbtRuntimeError as it is, and DuckDB's own errors with a traceback. Held until dbt has opened
        # the file too (DuckDB gives a process one instance of it), so that no other process comes in between.
        self.opened = open_warehouse(creds.path, config, left_folders(temporary, self.path))
        if self.scratch is None:
            try:
                self.scratch = Cursor.scratch = ScratchFolder(temporary, self.path, is_for_reading(config))
                self.listings = {table: str(self.scratch.path / f"{table}.parquet") for table in SOURCE_TABLES}
            except OSError as error:
                self.opened.close()
                raise folder_error("temporary", "FLARELANE_TEMP_DIRECTORY", temporary, error) from None

    def leave_the_project_alone(self):
        """Let Python not look through the parsed project for garbage again and again, and seldom through the rest.

        Otherwise that takes a tenth of a build with nothing new. In a process that runs dbt several times, what an
        earlier run had parsed is looked through once, and freed.
        """
        if Plugin.has_frozen:
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        gc.set_threshold(10_000)
        Plugin.has_frozen = True

    def configure_connection(self, connection):
        """Register the functions, and write the file that stands for 'no files to read'."""
        self.opened.close()
        self.leave_the_project_alone()
        self.empty_file = str(self.scratch.path / EMPTY_FILE)
        try:
            connection.execute(
                f"copy (select null::varchar as id where false) to {quoted(self.empty_file)} (format parquet)"
            )
        except duckdb.Error as error:
            raise folder_error("temporary", "FLARELANE_TEMP_DIRECTORY", self.scratch.path, error) from None
        # Not in `settings` of the profile, which dbt-duckdb repeats for the cursor of each of some hundred nodes.
        connection.execute("set global TimeZone = 'UTC'")
        # The system keeps files of a folder itself. For objects of S3 open_store() turns it on.
        connection.execute("set global enable_external_file_cache = false")
        [(memory_limit, shown_limit)] = connection.execute(
            "select parse_formatted_bytes(current_setting('memory_limit')), current_setting('memory_limit')"
        ).fetchall()
        self.check_version = f"check {VERSION}, DuckDB {duckdb.__version__}, {shown_limit}"
        constants = {"no_rows_file": pattern_of(self.empty_file), "file_check_version": self.check_version}
        constants |= {f"{table}_listing": pattern_of(listing) for table, listing in self.listings.items()}
        Cursor.constants = "; ".join(f"set variable {name} = {quoted(value)}" for name, value in constants.items())
        texts = duckdb.list_type(VARCHAR)
        files = connection.cursor()
        if self.check is not None:
            self.check.close()
        # The load keeps what it writes in memory beside what it reads.
        self.check = FileCheck(files, memory_limit // 2, self.threads, self.scratch.path)

        def register(name, function, arguments, result):
            connection.create_function(name, function, arguments, result, side_effects=True)

        def verdicts(paths, sizes, columns):
            """Return what FileCheck.judge() says of files, as a JSON text a file."""
            return unless_store_fails(
                lambda: self.check.judge(list(zip(paths, sizes, strict=True)), json.loads(columns)), paths
            )

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
            if (root, source_table, projects) in self.listed_ahead:
                self.listed_ahead.remove((root, source_table, projects))
                return ""
            try:
                if "://" in root:
                    list_objects(files, root, [f"{escape(folder)}/**" for folder in folders], listing)
                else:
                    list_folders(files, folders, listing)
            except (S3Error, FolderError) as error:
                return str(error)
            return ""

        def list_export_ahead(root, source_table, projects):
            """Do what list_export() does, so that its next call needs not. From the start of a run to its model."""
            self.listed_ahead = [listed for listed in self.listed_ahead if listed[1] != source_table]
            problem = list_export(root, source_table, projects)
            self.listed_ahead.append((root, source_table, projects))
            return problem

        register("file_verdicts", verdicts, [texts, duckdb.list_type(BIGINT), VARCHAR], texts)
        register("open_export", open_export, [VARCHAR], VARCHAR)
        register("list_export", list_export, [VARCHAR, VARCHAR, texts], VARCHAR)
        register("list_export_ahead", list_export_ahead, [VARCHAR, VARCHAR, texts], VARCHAR)
        register("partition_folders", partition_folders, [VARCHAR], VARCHAR)
        register("folder_exists", os.path.isdir, [VARCHAR], BOOLEAN)
        people = ForgetList()
        register("forget_list", people.json, [], VARCHAR)
        register("forget_list_problem", people.problem, [], VARCHAR)
        register("forget_list_fingerprint", people.fingerprint, [], VARCHAR)
        register("remove_copy", remove_copy, [VARCHAR], VARCHAR)
        register("finish_rewrite", lambda copy: finish_rewrite(copy, self.path), [VARCHAR], VARCHAR)
        register("begin_copy", lambda path: begin_copy(self.path, Path(path).absolute()), [VARCHAR], VARCHAR)
        register("finish_copy", lambda path: finish_copy(Path(path).absolute()), [VARCHAR], VARCHAR)
        register("publish_warehouse", lambda path: publish(self.path, Path(path).absolute()), [VARCHAR], VARCHAR)


def folder_error(kind, setting, folder, error):
    """Return the DbtRuntimeError that says why a folder cannot be written. kind: str, which folder. setting: its
    environment variable. error: OSError or DuckDB's."""
    reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
    return DbtRuntimeError(
        f"The {kind} folder {folder} cannot be written: {reason}. Nothing was changed. Let the user who runs dbt write "
        f"there, make room, or set {setting} to another place, and build again."
    )
