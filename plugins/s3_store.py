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

ADVICE = {
    "InvalidAccessKeyId": "The store does not know this access key: check AWS_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "The secret does not fit the access key: check AWS_SECRET_ACCESS_KEY.",
    "ExpiredToken": "The session token has expired: renew it (AWS_SESSION_TOKEN, or aws sso login) and build again.",
    "InvalidToken": "The session token is not valid: check AWS_SESSION_TOKEN.",
    "AccessDenied": "No permission: the key needs s3:ListBucket on the bucket and s3:GetObject on the prefix. "
    "Stores also answer this of a bucket that does not exist.",
    "NoSuchBucket": "The bucket does not exist: check the export root.",
    "PermanentRedirect": "The bucket is in another region: set AWS_REGION to the bucket's region.",
    "AuthorizationHeaderMalformed": "The region is wrong: set AWS_REGION to the bucket's region.",
    "404": "It was listed and is gone: it was deleted while the build ran. Build again.",
    "416": "It was listed and is another object now: it was replaced while the build ran. Build again.",
    "301": "The bucket is in another region: set AWS_REGION to the bucket's region.",
    "4": "The store refused the request: check AWS_REGION and that the session token has not expired.",
    "403": "No permission: check the credentials, and that they may list and get on the prefix.",
    "5": "The store failed or asks to slow down, also when asked again. Build again later.",
    "": "The store cannot be reached, or the connection broke: check FLARELANE_S3_ENDPOINT, FLARELANE_S3_USE_SSL, "
    "FLARELANE_S3_URL_STYLE and the network, and build again.",
}
DEFAULT_REGION = "us-east-1"


class S3Error(Exception):
    """What keeps the export from being read, in words for whoever runs the build."""


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
        cause = "other bytes came than were listed"
        return f"Cannot read the export: bucket '{bucket}', key '{prefix}': {cause}. {ADVICE['416']}"
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
    advice = (code and ADVICE.get(code)) or ADVICE.get(status) or ADVICE[status[:1] if status[:1] in ADVICE else ""]
    return f"Cannot read the export: bucket '{bucket}', key '{key}': {cause}. {advice}"


def secret_options(environ):
    """Return the options (dict) of DuckDB's S3 secret that the environment (dict) gives.

    With AWS_ACCESS_KEY_ID they hold the key; without it the credential chain of AWS is asked: profile, single
    sign-on, role of the container or machine.
    """
    key = environ.get("AWS_ACCESS_KEY_ID")
    if key:
        options = {
            "key_id": key,
            "secret": environ.get("AWS_SECRET_ACCESS_KEY", ""),
            "session_token": environ.get("AWS_SESSION_TOKEN"),
            "region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION,
        }
    else:
        options = {
            "provider": "credential_chain",
            "profile": environ.get("AWS_PROFILE"),
            "region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"),
        }
    address = (
        environ.get("FLARELANE_S3_ENDPOINT") or environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    )
    if address:
        scheme, _, host = address.rpartition("://")
        options["endpoint"] = host.rstrip("/")
        options["url_style"] = "path"
        options["use_ssl"] = "false" if scheme == "http" else "true"
    options["url_style"] = environ.get("FLARELANE_S3_URL_STYLE") or options.get("url_style")
    options["use_ssl"] = environ.get("FLARELANE_S3_USE_SSL") or options.get("use_ssl")
    return {name: value for name, value in options.items() if value}


def load_extension(connection, name):
    """Load an extension from its wheel, without a download. Raises S3Error when that cannot be."""
    try:
        folder = Path(import_module(f"duckdb_extension_{name}").__file__).parent
        file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        connection.execute("load '{}'".format(str(file).replace("'", "''")))
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
    options = secret_options(environ)
    load_extension(connection, "httpfs")
    if options.get("provider"):
        load_extension(connection, "aws")
    settings = {
        "http_retries": int(environ.get("FLARELANE_S3_RETRIES") or 5),
        "http_timeout": int(environ.get("FLARELANE_S3_TIMEOUT") or 30),
        # Within a build an object is asked for once, however many queries read it.
        "enable_http_metadata_cache": "true",
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
    quoted = str(partial).replace("'", "''")
    try:
        connection.execute(
            f"""copy (
                select filename as path, size as size_bytes, last_modified::timestamp as modified_at,
                    null::varchar as problem
                from read_blob($parquet)
                union all
                select file, null, null, null from glob($all) where not ends_with(file, '.parquet')
            ) to '{quoted}' (format parquet)""",
            {"parquet": [f"{pattern}/*.parquet" for pattern in patterns], "all": patterns},
        )
    except duckdb.Error as error:
        if not is_store_error(error):
            raise
        raise S3Error(explain(error, root)) from None
    partial.replace(listing)
