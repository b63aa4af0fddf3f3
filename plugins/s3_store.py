"""The export in S3: the extension, the credentials, and what an error of the store means.

Credentials go from the environment into a DuckDB secret here, and nowhere else: they are in no SQL that dbt compiles
or logs.
"""

import os
import re
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
from export_folder import quoted
from s3_settings import DEFAULT_REGION, S3Error, check_scheme, patience, store_settings, unreadable

# What a query on the store can raise. An object that is another one than was listed comes with a body that is no text;
# DuckDB's client fails to decode it as it makes the error.
ERRORS = (duckdb.Error, UnicodeDecodeError)


def is_store_error(error):
    """Whether an error (one of ERRORS) comes from the store or the network, not from a file's content."""
    if isinstance(error, (duckdb.HTTPException, UnicodeDecodeError)):
        return True
    return isinstance(error, duckdb.IOException) and " for HTTP " in str(error)


def fetch(connection, query, parameters):
    """Return the rows of a query, made again once when an object was replaced: DuckDB has forgotten the old one then.

    The ledger keeps what was listed, so that the next build reads the new object again.
    """
    try:
        return connection.execute(query, parameters).fetchall()
    except UnicodeDecodeError:
        return connection.execute(query, parameters).fetchall()


def explain(error, root):
    """Return a store's error (one of ERRORS) as one line: bucket, key, cause, what to do. root: s3://bucket/prefix."""
    bucket, _, prefix = root.partition("://")[2].partition("/")
    if isinstance(error, UnicodeDecodeError):
        return unreadable(bucket, prefix, "other bytes came than were listed", status="416")
    text = str(error)
    address = re.search(r"'((?:s3|https?)://[^']+)'", text)
    key = prefix
    if address:
        parts = urlsplit(address[1].replace("#", "%23"))
        path = unquote(parts.path).strip("/")
        key = path if parts.scheme == "s3" else path.removeprefix(bucket).strip("/") or prefix
    status = str(getattr(error, "status_code", ""))
    body = str(getattr(error, "body", ""))
    code = re.search(r"<Code>(\w+)</Code>", body) or re.search(r"^(\w+): ", "\n".join(text.splitlines()[1:]), re.M)
    code = code[1] if code else ""
    cause = f"HTTP {status} {code}".strip() if status else ""
    if not cause:
        cause = text.splitlines()[0].partition(": ")[2].partition(" error for HTTP")[0] or "no answer"
    return unreadable(bucket, key, cause, code, status)


def secret_options(environ):
    """Return the options (dict) of DuckDB's S3 secret that the environment (dict) gives.

    With AWS_ACCESS_KEY_ID they hold the key; without it the credential chain of AWS is asked: profile, single
    sign-on, role of the container or machine.
    """
    settings = store_settings(environ)
    if "key_id" in settings:
        return {"region": DEFAULT_REGION} | settings
    return {"provider": "credential_chain"} | settings


def load_extension(connection, name):
    """Load an extension from its wheel, without a download. Raises S3Error when that cannot be."""
    try:
        folder = Path(import_module(f"duckdb_extension_{name}").__file__).parent
        file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        connection.execute(f"load {quoted(file)}")
    except (ImportError, duckdb.Error) as error:
        reason = str(error).splitlines()[0]
        raise S3Error(
            f"DuckDB's extension {name} cannot be loaded: {reason}. It comes with the pinned requirements: run "
            f"`make build`, or install duckdb-extension-{name}=={duckdb.__version__}."
        ) from None


def open_store(connection, root, environ=os.environ):
    """Make an S3 root readable for all cursors of a database: extensions, settings, secret.

    To be called before each batch: a secret holds what AWS gave when it was made, and a role's key lasts an hour.
    Raises S3Error with what to do.
    """
    check_scheme(root)
    options = secret_options(environ)
    load_extension(connection, "httpfs")
    if options.get("provider"):
        load_extension(connection, "aws")
    retries, timeout = patience(environ)
    settings = {
        "http_retries": retries,
        "http_timeout": timeout,
        # Within a build an object is asked for once, however many queries read it.
        "enable_http_metadata_cache": "true",
        "enable_external_file_cache": "true",
    }
    for name, value in settings.items():
        connection.execute(f"set global {name} = {value}")
    profile = options.get("profile")
    # A chain of several stops at the first when a profile is named.
    sources = [{"chain": name} for name in ("config", "sso", "process")] if profile else [{}]
    for source in sources:
        try:
            region = create_secret(connection, options | source)
            if not region:
                create_secret(connection, options | source | {"region": DEFAULT_REGION})
            return
        except duckdb.Error as error:
            problem = error
    if options.get("provider"):
        raise S3Error(
            f"No credentials for {root}{f' in the profile {profile}' if profile else ''}: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE (aws sso login renews one of single sign-on), or run on a machine "
            "with a role."
        )
    raise S3Error(f"The settings of the S3 store make no sense ({type(problem).__name__}).")


def create_secret(connection, options):
    """Make the secret from its options (dict); return the region (str or None) that it has. Raises DuckDB's error."""
    texts = ", ".join(f"{name} '{value.replace(chr(39), chr(39) * 2)}'" for name, value in options.items())
    connection.execute(f"create or replace temporary secret flarelane_export (type s3, {texts})")
    # All rows are fetched: a result left open keeps its transaction open, and with it commits from reaching the file.
    [(text,)] = connection.execute(
        "select secret_string from duckdb_secrets() where name = 'flarelane_export'"
    ).fetchall()
    return dict(option.split("=", 1) for option in text.split(";") if "=" in option).get("region")


def list_objects(connection, root, patterns, listing):
    """Write the objects that match patterns (list of str) to a Parquet file: path, size_bytes, modified_at, problem.

    Two requests per thousand objects: a pattern is matched here, not in the store. Objects that are not Parquet have
    no size: DuckDB would open the empty ones among them. Raises S3Error.
    """
    partial = Path(f"{listing}.part")
    try:
        connection.execute(
            f"""copy (
                select filename as path, size as size_bytes, last_modified::timestamp as modified_at,
                    null::varchar as problem
                from read_blob($parquet)
                union all
                select file, null, null, null from glob($all) where not ends_with(file, '.parquet')
            ) to {quoted(partial)} (format parquet)""",
            {"parquet": [f"{pattern}/*.parquet" for pattern in patterns], "all": patterns},
        )
    except duckdb.Error as error:
        if not is_store_error(error):
            raise
        raise S3Error(explain(error, root)) from None
    partial.replace(listing)
