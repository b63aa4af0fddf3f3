"""The export in a folder: what lies in it.

Listed here and not by DuckDB's read_blob, which opens each file to learn its size, tells times to the second, and
passes over what is linked into the folder in silence.
"""

import errno
import json
import os
import re
import stat
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote

NOT_UTF_8 = "its name is not UTF-8: rename it"
PARTITION_FOLDERS = ("*_events", "projectid=*", "date=*")
# What lies below so many folders is no partition, and is not looked into.
DEEPEST = 100
# There is nothing of the name, or a link that leads to nothing.
NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


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
        raise folder_error(folder, error) from None


def folder_error(folder, error):
    """Return the FolderError that says why a folder (str) cannot be listed. error: OSError."""
    return FolderError(
        f"The folder {printable(folder)} of the export cannot be listed: {error.strerror}. Let the user who runs dbt "
        "read it, and build again."
    )


def link_error(link, error):
    """Return the FolderError that says that a folder of the export (str) is a link to nothing. error: OSError."""
    return FolderError(
        f"The folder {printable(link)} of the export is a link that leads to nothing ({error.strerror}), so that what "
        "it held would count as deleted. Mount or mend what it leads to, or remove the link, and build again."
    )


def folders_of(root, table, projects):
    """Return the folders (list of str) to list for a table: its own, or those of the projects where these are given.

    root, table: str; projects: list of str. In S3 an id that does not stand in a path as it is leaves them all to be
    listed, and one that does has a folder of just this name. Raises FolderError.
    """
    folder = f"{root}/{table}"
    if not projects:
        return [folder]
    if "://" in root:
        is_plain = all(re.fullmatch(r"[A-Za-z0-9_.-]+", project) for project in projects)
        return [f"{folder}/projectid={project}" for project in projects] if is_plain else [folder]
    if isinstance(status_of(Path(folder)), OSError):
        return [folder]
    return [
        entry.path
        for entry in entries_of(folder)
        if entry.name.startswith("projectid=") and unquote(entry.name.removeprefix("projectid=")) in projects
    ]


def quoted(text):
    """Return a text as SQL has it (str)."""
    return "'" + str(text).replace("'", "''") + "'"


def pattern_of(path):
    """Return the pattern that finds just this path (str), as the macro path_pattern() does in SQL.

    DuckDB takes the paths that it is to read for patterns. One with a backslash stays as it is: DuckDB would divide the
    pattern there. It looks for the path itself where a pattern finds nothing.
    """
    if "\\" in path:
        return path
    return re.sub(r"[][*?]", r"[\g<0>]", path)


def printable(path):
    """Return a path (str) as text that can be stored and shown: bytes that are no UTF-8 as \\x and two digits."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def is_text(name):
    """Whether a name (str) is UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass
class File:
    """What lies in the export under a path (str): bytes (int), modified (int, microseconds since 1970, UTC).

    problem: why it cannot be read (str), None where nothing is known against it. It may be mended from outside.
    """

    path: str
    bytes: int | None
    modified: int | None
    problem: str | None


def files_below(folder, above=()):
    """Yield a File for each file below a folder (str). Raises FolderError.

    above: the folders on the way down, as device and inode. Follows links. One that leads back into a folder above it
    is left out; where that folder lies behind another link, it is named.
    """
    status = status_of(Path(folder))
    if isinstance(status, OSError):
        if Path(folder).is_symlink():
            raise link_error(folder, status)
        return
    above = (*above, (status.st_dev, status.st_ino))
    for entry in entries_of(folder):
        status = status_of(entry)
        if isinstance(status, OSError):
            if entry.is_symlink() and any(fnmatchcase(entry.name, level) for level in PARTITION_FOLDERS):
                raise link_error(entry.path, status)
            yield File(entry.path, None, None, f"{printable(entry.path)} cannot be opened: {status.strerror}")
        elif stat.S_ISDIR(status.st_mode):
            if entry.is_symlink() and Path(folder).resolve().is_relative_to(Path(entry.path).resolve()):
                continue
            if len(above) > DEEPEST:
                yield File(entry.path, None, None, "it lies too deep to be looked into")
            elif (status.st_dev, status.st_ino) in above:
                yield File(entry.path, None, None, "it is a link that leads back to a folder above it")
            else:
                yield from folder_and_files(entry, above)
        elif stat.S_ISREG(status.st_mode):
            yield File(entry.path, status.st_size, status.st_mtime_ns // 1000, problem_of(entry.path))


def folder_and_files(entry, above):
    """Yield what files_below() does of a folder (os.DirEntry), and the folder itself if only its name shows it."""
    is_empty = True
    for file in files_below(entry.path, above):
        is_empty = False
        yield file
    if is_empty and not is_text(entry.name):
        yield File(entry.path, None, None, NOT_UTF_8)


def status_of(entry):
    """Return the status of what an entry (os.DirEntry or Path) leads to, or the OSError that there is instead.

    Raises FolderError where that may be a folder that is hidden from this user, or that its server does not answer for:
    what it holds would count as deleted.
    """
    try:
        return entry.stat()
    except OSError as error:
        if entry.name.endswith(".parquet") or error.errno in NOTHING_THERE:
            return error
        raise folder_error(str(Path(entry)), error) from None


def problem_of(path):
    """Return what keeps a file from being read (str), as far as it can be told without opening it, or None."""
    if not is_text(path):
        return NOT_UTF_8
    if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        return f"{path} cannot be opened: Permission denied"
    return None


def is_found(connection, path):
    """Whether pattern_of() a path (str) finds just that path. connection: DuckDB connection."""
    return connection.execute("select file from glob($1)", [pattern_of(path)]).fetchall() == [(path,)]


def list_folders(connection, folders, listing):
    """Write what files_below() finds in folders (list of str) to a Parquet file.

    Its columns: path, size_bytes, modified_at, problem. connection: DuckDB connection; listing: path (str).
    Raises FolderError.
    """
    files = {}
    for folder in folders:
        for file in files_below(folder):
            path = printable(file.path)
            while path in files:  # another file has the escaped name for its own
                path += "~"
            problem = file.problem
            if problem is None and "\\" in path and not is_found(connection, path):
                problem = "DuckDB takes its path, with a backslash and [, * or ?, for others: rename it"
            files[path] = (path, file.bytes, file.modified, problem)
    partial = Path(f"{listing}.part")
    # One text: DuckDB takes a list of Python objects one by one, which is slower than the listing.
    connection.execute(
        f"""copy (
            select file[1]::varchar as path, file[2]::bigint as size_bytes,
                make_timestamp(file[3]::bigint) as modified_at, file[4]::varchar as problem
            from (select unnest(from_json($1, '[["varchar"]]')) as file)
        ) to {quoted(partial)} (format parquet)""",
        [json.dumps(list(files.values()))],
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
            if fnmatchcase(entry.name, level) and is_folder(entry)
        ]
    return json.dumps(sorted(map(printable, folders)))


def is_folder(entry):
    """Whether an entry (os.DirEntry) is a folder or leads to one."""
    status = status_of(entry)
    return not isinstance(status, OSError) and stat.S_ISDIR(status.st_mode)
