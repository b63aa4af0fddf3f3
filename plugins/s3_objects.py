"""The export in S3 as Arrow reads it, for the processes of Spark: with the settings, paths and messages of DuckDB's."""

import functools
import os
import re

from pyarrow.fs import AwsStandardS3RetryStrategy, FileSelector, FileType, S3FileSystem
from s3_settings import ADVICE, S3Error, patience, store_settings, unreadable

SCHEME = "s3://"
# The names that Arrow's options have for the settings.
OPTIONS = {
    "key_id": "access_key",
    "secret": "secret_key",
    "session_token": "session_token",
    "region": "region",
    "endpoint": "endpoint_override",
}
# S3's names of errors by what Arrow makes of them, and Arrow's own.
CODES = {code.upper(): code for code in ADVICE}
STATUS = {"SLOWDOWN": "503", "SERVICEUNAVAILABLE": "503", "INTERNALFAILURE": "500", "NOSUCHKEY": "404"}


def open_files(environ=os.environ):
    """Return Arrow's S3FileSystem with the settings that the environment (dict) gives.

    Without a key there AWS's credential chain is asked: profile, single sign-on, role of the container or machine.
    """
    settings = store_settings(environ)
    retries, timeout = patience(environ)
    options = {OPTIONS[name]: value for name, value in settings.items() if name in OPTIONS}
    return S3FileSystem(
        **options,
        scheme="http" if settings.get("use_ssl") == "false" else "https",
        force_virtual_addressing=settings.get("url_style") == "vhost",
        request_timeout=timeout,
        connect_timeout=timeout,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=retries + 1),
    )


@functools.cache
def files_of_process():
    """Return the S3FileSystem (see open_files()) that this process keeps open."""
    return open_files()


def bucket_and_key(path):
    """Return Arrow's name (str) of an object: bucket/key. path: str, s3://bucket/key."""
    return path.removeprefix(SCHEME)


def explain(error, path):
    """Return a store's error as one line: bucket, key, cause, what to do. error: OSError; path: s3://bucket/key."""
    bucket, _, key = bucket_and_key(path).partition("/")
    if isinstance(error, FileNotFoundError):
        return unreadable(bucket, key, "HTTP 404", status="404")
    text = str(error)
    found = re.search(r"AWS Error ([A-Z0-9_]+)(?: \(HTTP status (\d+)\))?", text)
    name = found[1].replace("_", "") if found else ""
    status = (found and found[2]) or STATUS.get(name, "")
    # What Arrow knows no name of its own for, and what its client says of the network.
    named, network = re.search(r"ExceptionName: (\w+)", text), re.search(r"curlCode: \d+, ([^;]+)", text)
    code = named[1] if named else CODES.get(name, "")
    cause = f"HTTP {status} {code}".strip() if status else code or (network[1] if network else "no answer")
    return unreadable(bucket, key, cause, code, status)


def is_store_error(error):
    """Whether an error comes from the store or the network, not from a file's content."""
    return isinstance(error, FileNotFoundError) or "AWS Error" in str(error)


def objects_below(folder, files=None, recursive=True):
    """Return the objects below a folder (str, s3://bucket/prefix): a list of path, bytes and microseconds since 1970.

    files: S3FileSystem, that of the process for None. recursive: those of deeper folders too. Raises S3Error.
    """
    selector = FileSelector(bucket_and_key(folder), allow_not_found=True, recursive=recursive)
    try:
        found = (files or files_of_process()).get_file_info(selector)
    except OSError as error:
        raise S3Error(explain(error, folder)) from None
    return [(f"{SCHEME}{info.path}", info.size, info.mtime_ns // 1000) for info in found if info.type == FileType.File]


def is_object(path, files=None):
    """Whether an object has the path (str, s3://bucket/key). files: see objects_below(). Raises S3Error."""
    try:
        return (files or files_of_process()).get_file_info(bucket_and_key(path)).type == FileType.File
    except OSError as error:
        raise S3Error(explain(error, path)) from None


def open_object(path, size, files=None):
    """Return an object as a file of Arrow. path: str; size: its bytes when it was listed. Raises S3Error.

    files: S3FileSystem, that of the process for None.
    """
    try:
        file = (files or files_of_process()).open_input_file(bucket_and_key(path))
        if file.size() == size:
            return file
    except OSError as error:
        raise S3Error(explain(error, path)) from None
    bucket, _, key = bucket_and_key(path).partition("/")
    raise S3Error(unreadable(bucket, key, "other bytes came than were listed", status="416"))
