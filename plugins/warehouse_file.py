"""The warehouse's file is replaced by a copy of its tables, so that nothing is left of what was deleted from them."""

import os
from pathlib import Path


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


def remove_copy(copy):
    """Remove what a run that was killed left of a copy, and return its path. copy: str."""
    for file in (Path(copy), Path(f"{copy}.wal")):
        file.unlink(missing_ok=True)
    return copy
