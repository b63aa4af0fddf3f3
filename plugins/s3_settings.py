"""The export in S3: the settings of the store, and how to say what keeps it from being read."""

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
DEFAULT_RETRIES, DEFAULT_TIMEOUT = 5, 30


class S3Error(Exception):
    """What keeps the export from being read, in words for whoever runs the build."""


def unreadable(bucket, key, cause, code="", status=""):
    """Return a store's error as one line (str): bucket, key, cause, what to do.

    bucket, key, cause: str. code: what S3 calls the error (str), '' for none. status: that of HTTP (str), '' for none.
    """
    advice = (code and ADVICE.get(code)) or ADVICE.get(status) or ADVICE[status[:1] if status[:1] in ADVICE else ""]
    return f"Cannot read the export: bucket '{bucket}', key '{key}': {cause}. {advice}"


def store_settings(environ):
    """Return the settings of the store (dict of str) that the environment (dict) gives, without those that it does not.

    key_id, secret, session_token: of a key; without key_id AWS's credential chain is asked, of the profile if there is
    one. region. endpoint: host and port. url_style: path or vhost. use_ssl: true or false.
    """
    settings = {
        "key_id": environ.get("AWS_ACCESS_KEY_ID"),
        "region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"),
    }
    if settings["key_id"]:
        settings["secret"] = environ.get("AWS_SECRET_ACCESS_KEY", "")
        settings["session_token"] = environ.get("AWS_SESSION_TOKEN")
    else:
        settings["profile"] = environ.get("AWS_PROFILE")
    address = (
        environ.get("FLARELANE_S3_ENDPOINT") or environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    )
    if address:
        scheme, _, host = address.rpartition("://")
        settings["endpoint"] = host.rstrip("/")
        settings["url_style"] = "path"
        settings["use_ssl"] = "false" if scheme == "http" else "true"
    settings["url_style"] = environ.get("FLARELANE_S3_URL_STYLE") or settings.get("url_style")
    settings["use_ssl"] = environ.get("FLARELANE_S3_USE_SSL") or settings.get("use_ssl")
    return {name: value for name, value in settings.items() if value}


def patience(environ):
    """Return how often a request is repeated (int), and how many seconds an answer may take (int). environ: dict.

    Raises S3Error.
    """
    return (
        whole_number(environ, "FLARELANE_S3_RETRIES", DEFAULT_RETRIES),
        whole_number(environ, "FLARELANE_S3_TIMEOUT", DEFAULT_TIMEOUT),
    )


def whole_number(environ, name, default):
    """Return a setting (int), or its default. environ: dict; name: str. Raises S3Error where it is something else."""
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise S3Error(f"{name} is '{text}'; it must be a whole number.")
    return int(text)


def check_scheme(root):
    """Raise S3Error where a root (str) is in a store that is not S3."""
    scheme = root.partition("://")[0]
    if scheme != "s3":
        raise S3Error(
            f"The export must lie in a folder or in s3://, not in {scheme}://. For another store that speaks S3, set "
            "FLARELANE_S3_ENDPOINT and name the root s3://bucket/prefix."
        )
