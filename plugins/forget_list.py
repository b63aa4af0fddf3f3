"""The list of people to forget: a CSV file, read once a run, whose ids reach SQL without being written anywhere."""

import csv
import hashlib
import hmac
import io
import json
import os
import re
from functools import cached_property
from pathlib import Path
from unicodedata import category

VARIABLE = "FLARELANE_FORGET_LIST"
EMPTY_LIST = Path(__file__).parents[1] / "seeds" / "forget_list.csv"
IDS = ("user_id", "device_id", "recipient_hash")
COLUMNS = ("project_id", *IDS)
HASH = re.compile(r"[0-9a-f]{32}")


class ForgetListError(ValueError):
    """The list makes no sense. The message names lines and columns, and no value: a log keeps it."""


def read_forget_list(path):
    """Return the people of a list: a sorted list of tuples of COLUMNS, texts or None, each once.

    path: of a CSV file in UTF-8 with a header. Raises ForgetListError with what is wrong and where.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        # Without a list everybody on it would be back, so a missing file is no empty one.
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ForgetListError(f"cannot be read: {reason}. A list of nobody is a file with just the header") from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
        if sorted(header) != sorted(COLUMNS):
            raise ForgetListError(f"must begin with the header {','.join(COLUMNS)}")
        people = {person_of(dict(zip(header, line, strict=False)), line, lines.line_num) for line in lines if line}
    except csv.Error as error:
        raise ForgetListError(f"is no CSV file: line {lines.line_num}: {error}") from None
    return sorted(people, key=lambda person: [value or "" for value in person])


def person_of(row, line, number):
    """Return one person (tuple of COLUMNS). row: dict; line: the line's fields; number: of the line in the file."""
    if len(line) != len(COLUMNS):
        raise ForgetListError(f"has {len(line)} fields in line {number}, not {len(COLUMNS)}")
    if any(value != value.strip() or {"Cc", "Cf"} & {*map(category, value[:1] + value[-1:])} for value in line):
        raise ForgetListError(
            f"has blanks or unseen characters around a value in line {number}; ids are compared as they stand"
        )
    if not any(row[name] for name in IDS):
        raise ForgetListError(f"names nobody in line {number}: one of {', '.join(IDS)} must be filled")
    row["recipient_hash"] = row["recipient_hash"].lower()
    if row["recipient_hash"] and not HASH.fullmatch(row["recipient_hash"]):
        raise ForgetListError(
            f"has no recipient_hash in line {number}: 32 hexadecimal digits, as the warehouse shows them, and not the"
            " phone number or address itself; docs/erasure.md says how to get it"
        )
    return tuple(row[name] or None for name in COLUMNS)


class ForgetList:
    """The list as one run sees it, whatever becomes of the file meanwhile."""

    def __init__(self):
        self.path = os.environ.get(VARIABLE) or EMPTY_LIST

    @cached_property
    def people(self):
        """The people (list of tuple). Raises ForgetListError."""
        return read_forget_list(self.path)

    def problem(self):
        """Return what is wrong with the list in a sentence, or ''."""
        try:
            _ = self.people
        except ForgetListError as error:
            return f"The forget list {self.path} {error}."
        return ""

    def json(self):
        """Return the people as a JSON text, a list of objects."""
        return json.dumps([dict(zip(COLUMNS, person, strict=True)) for person in self.people])

    def fingerprint(self):
        """Return a text that differs for each list, and '' for an empty one.

        Keyed, lest somebody finds out by trying who is on a short list; so with another key it is another list.
        """
        if not self.people:
            return ""
        key = os.environ.get("FLARELANE_RECIPIENT_HASH_KEY", "").encode()
        return hmac.new(key, self.json().encode(), hashlib.sha256).hexdigest()[:32]
