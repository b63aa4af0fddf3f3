"""The warehouse's file: replaced by a copy of its tables, so that nothing is left of what was deleted from them, and
set aside when it is damaged.

DuckDB writes a block of metadata that is in use again, with more in it. A process that is killed within such a write
(a signal ends it after any 4 KB page) leaves a block that fits neither its old nor its new checksum: 2 of 77 processes
that did nothing but commit. All that a warehouse holds comes from the export, so another one is built.
"""

import os
import re
from pathlib import Path

from export_folder import quoted

# What a process leaves for the next when it found the damage only after it had begun.
DAMAGE_NOTE = "warehouse-is-damaged"
DAMAGE = "Corrupt database file|MetadataReader|Failed to load metadata pointer"


def is_damage(error):
    """Return whether an error (Exception) of DuckDB says that the file itself is damaged (bool)."""
    return re.search(DAMAGE, str(error)) is not None


def read_metadata(connection):
    """Read all blocks of metadata of a warehouse, as opening it reads only some. connection: DuckDB's, to the file.

    Raises duckdb.Error when one is damaged.
    """
    tables = connection.execute("select schema_name, table_name from duckdb_tables() where not temporary").fetchall()
    for schema, table in tables:
        name = quoted(f'"{schema}"."{table}"')
        connection.execute(f"select count(*) from pragma_storage_info({name})").fetchall()


def place_aside(warehouse):
    """Return the path (Path) of what is set aside of a warehouse (Path)."""
    return Path(f"{warehouse}.damaged")


def set_aside(warehouse):
    """Rename a damaged warehouse and its log, over what was set aside before. warehouse: Path. Returns the new Path."""
    aside = remove_copy(place_aside(warehouse))
    log = Path(f"{warehouse}.wal")
    if log.exists():
        log.replace(f"{aside}.wal")
    return warehouse.replace(aside)


def put_in_place(copy, warehouse):
    """Rename the finished copy over the warehouse that this process has open, and return the warehouse's path (str).

    copy: str, the path of a closed DuckDB file beside the warehouse. warehouse: Path.
    The process goes on with the file that was, which has no name any more: nothing must be written after this.
    Raises RuntimeError when either has changes outside its file: they would be lost.
    """
    copy = Path(copy)
    for file in (copy, warehouse):
        log = Path(f"{file}.wal")
        if log.exists() and log.stat().st_size:
            raise RuntimeError(f"{log} still holds changes: the warehouse was not rewritten.")
    with copy.open("rb+") as written:
        os.fsync(written.fileno())
    copy.replace(warehouse)
    folder = os.open(warehouse.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return str(warehouse)


def finish_rewrite(copy, warehouse):
    """Put the copy without deleted rows in the warehouse's place, as put_in_place() does; return its path (str).

    What was set aside holds the people who are forgotten now, and goes.
    """
    remove_copy(place_aside(warehouse))
    return put_in_place(copy, warehouse)


def remove_copy(copy):
    """Remove a copy with its log, if there is one, and return its path. copy: str or Path."""
    for file in (Path(copy), Path(f"{copy}.wal")):
        file.unlink(missing_ok=True)
    return copy
