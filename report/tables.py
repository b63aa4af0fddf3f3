"""A table of texts, for the terminal by rich and for a job summary as Markdown."""

from dataclasses import dataclass

from rich.table import Table as RichTable
from rich.text import Text

NONE = "–"


@dataclass
class Table:
    """Rows of text under headings. texts: how many columns, from the left, are words; the others are numbers."""

    title: str
    headings: list
    rows: list
    texts: int = 1


def number(value):
    """A whole number as text: 12,345, or a dash for none."""
    return NONE if value is None else f"{value:,}"


def print_table(console, table):
    """Print a table. console: rich.console.Console."""
    printed = RichTable(title=table.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, heading in enumerate(table.headings):
        printed.add_column(heading, justify="left" if place < table.texts else "right", no_wrap=place > 0)
    for row in table.rows:
        # As Text, so that brackets in a name are no markup.
        printed.add_row(*map(Text, row))
    console.print(printed)


def cell(text):
    """A text as a cell of a Markdown table: on one line, with nothing that ends the cell or begins a tag."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def markdown_table(table):
    """A table as Markdown (str)."""
    aligned = [" --- |" if place < table.texts else " ---: |" for place in range(len(table.headings))]
    lines = [f"### {table.title}", "", "| " + " | ".join(table.headings) + " |", "|" + "".join(aligned)]
    return "\n".join(lines + ["| " + " | ".join(map(cell, row)) + " |" for row in table.rows])


def append_markdown(path, parts):
    """Append parts (list of str) to a file with blank lines between: a job's summary is written by several steps."""
    with path.open("a", encoding="utf-8") as file:
        file.write("\n\n".join(parts) + "\n\n")
