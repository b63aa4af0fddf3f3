"""A table of texts, for the terminal by rich and for a job summary as Markdown.

Names come from the export and are text: no markup of rich or Markdown, and nothing that a terminal obeys.
"""

import os
import re
import sys
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

NONE = "–"
LONGEST_UNBROKEN = 20
# Cells between two columns.
PADDING = 2
# What a terminal obeys or what turns or hides the text around it: control characters (C0, DEL, C1), line separators,
# marks of writing direction, the byte order mark, invisible tags, and halves of characters, which cannot be printed.
# macros/export/visible.sql has the same for what dbt logs, but for those halves, which no text of SQL has.
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\U000e0000-\U000e007f\ud800-\udfff]"
)


def visible(text):
    """Return a text with what cannot be seen replaced by its code: escape becomes \\x1b, a turned direction \\u202e."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def plain(text):
    """Return a text (str) as rich shows it: as it stands, without markup and control characters."""
    return Text(visible(text))


def terminal():
    """Return rich's console for what is printed: brackets are text.

    It is as wide as COLUMNS says, else as the terminal; a file or pipe has 140 columns.
    """
    is_known = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(highlight=False, markup=False, emoji=False, width=None if is_known else 140)


def shortened(text, cells):
    """Return a text (str) that takes at most so many cells of a terminal, with what cannot be seen as its code."""
    seen = visible(text)
    return seen if cell_len(seen) <= cells else set_cell_size(seen, max(cells - 1, 0)).rstrip() + "…"


def widths_that_fit(rows, names, cells):
    """Return {place: cells} for the columns of names, or None where the table does not fit.

    rows: list of lists of str, the headings among them; all are as long. names: {place: cells that are enough to know a
    name by}. cells: width of the terminal. The widest names are shortened first; what is no name is never cut.
    """
    widest = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    room = cells - PADDING * (len(widest) - 1) - sum(width for place, width in enumerate(widest) if place not in names)
    widths = {place: widest[place] for place in names}
    while sum(widths.values()) > room:
        longest = max(widths, key=lambda place: (widths[place] > names[place], widths[place]))
        if widths[longest] <= names[longest]:
            return None
        widths[longest] -= 1
    return widths


@dataclass
class Table:
    """Rows of text under headings. texts: how many columns, from the left, are words; the others are numbers."""

    title: str
    headings: list
    rows: list
    texts: int = 1


def number(value):
    """Return a count as text: 12,345, or a dash for none, as where a channel cannot report it."""
    return NONE if value is None else f"{value:,}"


def print_table(console, table):
    """Print a table, wider than the console where its numbers need that: no digit is cut.

    Where there is little room, headings and long texts go on in the next line, whole; short words stay on one.
    console: rich.console.Console.
    """
    printed = RichTable(title=plain(table.title), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, heading in enumerate(table.headings):
        widths = [cell_len(visible(row[place])) for row in table.rows]
        if place < table.texts:
            printed.add_column(heading, no_wrap=max(widths, default=0) <= LONGEST_UNBROKEN, overflow="fold")
        else:
            widths += map(cell_len, heading.split())
            printed.add_column(heading, justify="right", min_width=max(widths, default=0))
    for row in table.rows:
        printed.add_row(*map(plain, row))
    console.print(printed, crop=False)


def cell(text):
    """A text as a cell of a Markdown table: on one line, with nothing that ends the cell, or is markup or a link."""
    line = visible(" ".join(text.split()))
    return re.sub(r"[\\|\[\]`*~]", r"\\\g<0>", line).replace("&", "&amp;").replace("<", "&lt;")


def markdown_table(table):
    """A table as Markdown (str)."""
    aligned = [" --- |" if place < table.texts else " ---: |" for place in range(len(table.headings))]
    lines = [f"### {table.title}", "", "| " + " | ".join(table.headings) + " |", "|" + "".join(aligned)]
    return "\n".join(lines + ["| " + " | ".join(map(cell, row)) + " |" for row in table.rows])


def append_markdown(path, parts):
    """Append parts (list of str) to a file with blank lines between: a job's summary is written by several steps."""
    with path.open("a", encoding="utf-8") as file:
        file.write("\n\n".join(parts) + "\n\n")
