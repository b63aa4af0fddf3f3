"""The export in a folder: what lies in it.

Listed here and not by DuckDB's read_blob, which opens each file to learn its size, tells times to the second, and
passes over what is linked into the folder in silence.
"""

import json
import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path

PARTITION_FOLDERS = ("*_events", "projectid=*", "date=*")


class FolderError(Exception):
    """What keeps the export from being listed, in words for whoever runs the build."""


def entries_of(folder):
    """Return the entries (list of os.DirEntry) of a folder (str); none of one that is gone. Raises FolderError."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise FolderError(
            f"The folder {folder} of the export cannot be listed: {error.strerror}. Let the user who runs dbt read it, "
            "and build again."
        ) from None


def files_below(folder):
    """Yield path (str), bytes (int) and time of change (int, microseconds since 1970, UTC) of the files below a folder.

    folder: str. Follows links. One that leads nowhere has no size and time, so that it is reported as a file that
    cannot be read; one that leads to a folder above itself is left out. Raises FolderError.
    """
    for entry in entries_of(folder):
        if entry.is_dir():
            if entry.is_symlink() and Path(folder).resolve().is_relative_to(Path(entry.path).resolve()):
                continue
            yield from files_below(entry.path)
            continue
        try:
            entry.path.encode()
        except UnicodeEncodeError:
            raise FolderError(f"The name of the file {entry.path!a} is not UTF-8: rename or remove it.") from None
        try:
            status = entry.stat()
        except OSError:
            yield entry.path, None, None
            continue
        if stat.S_ISREG(status.st_mode):
            yield entry.path, status.st_size, status.st_mtime_ns // 1000


def list_folders(connection, folders, listing):
    """Write what files_below() yields of folders (list of str) to a Parquet file: path, size_bytes, modified_at.

    connection: DuckDB connection; listing: path (str). Raises FolderError.
    """
    files = [file for folder in folders for file in files_below(folder)]
    partial = Path(f"{listing}.part")
    quoted = str(partial).replace("'", "''")
    # One text: DuckDB takes a list of Python objects one by one, which is slower than the listing.
    connection.execute(
        f"""copy (
            select file[1]::varchar as path, file[2]::bigint as size_bytes,
                make_timestamp(file[3]::bigint) as modified_at
            from (select unnest(from_json($1, '[["varchar"]]')) as file)
        ) to '{quoted}' (format parquet)""",
        [json.dumps(files)],
    )
    partial.replace(listing)


def partition_folders(root):
    """Return the partition folders below a local export as a JSON list of texts: none for s3://, which has no folders.

    root: str, folder or s3://bucket/prefix. Raises FolderError.
    """
    folders = [] if "://" in root else [root]
    for level in PARTITION_FOLDERS:
        folders = [
            entry.path
            for folder in folders
            for entry in entries_of(folder)
            if fnmatchcase(entry.name, level) and entry.is_dir()
        ]
    return json.dumps(sorted(folders))
