"""The comparison as tables: for the terminal by rich, for a job summary in Markdown."""

from rich.table import Table

MARTS = ["mart", "rows before", "rows after", "added", "removed", "changed"]
COLUMNS = ["mart", "column", "what", "rows", "before", "after"]
NONE = "–"


def number(value):
    return NONE if value is None else f"{value:,}"


def measure(column, value):
    """A column's sum or mean as text: 'sum 1,234'."""
    if value is None or column.measure is None:
        return NONE
    return f"{column.measure} {int(value):,}" if column.measure == "sum" else f"{column.measure} {value:.6g}"


def mart_rows(marts):
    """Rows of text under the headings MARTS: every mart, so that an unchanged one is seen to be unchanged."""
    for mart in marts:
        counts = (mart.rows_before, mart.rows_after, mart.added, mart.removed, mart.changed)
        yield [mart.name, *map(number, counts)]


def column_rows(marts):
    """Rows of text under the headings COLUMNS: only what differs."""
    for mart in marts:
        for column in mart.columns:
            texts = (measure(column, column.before), measure(column, column.after))
            yield [mart.name, column.name, column.kind, number(column.rows), *texts]


def sentence(marts):
    different = [mart.name for mart in marts if not mart.is_same]
    if not different:
        return f"All {len(marts)} marts are the same before and after."
    return f"{len(different)} of {len(marts)} marts differ: {', '.join(different)}."


def print_tables(console, marts, title):
    """Print the comparison. console: rich.console.Console."""
    for headings, rows, of in ((MARTS, mart_rows(marts), "Rows"), (COLUMNS, column_rows(marts), "Columns")):
        rows = list(rows)
        if not rows:
            continue
        table = Table(title=f"{of}: {title}", title_justify="left", title_style="bold", box=None, pad_edge=False)
        for place, heading in enumerate(headings):
            is_text = place < (1 if headings is MARTS else 3)
            table.add_column(heading, justify="left" if is_text else "right", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print()
    console.print(sentence(marts))


def markdown(marts, title):
    """The comparison as Markdown (str)."""

    def table(headings, rows):
        lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
        return lines + ["| " + " | ".join(row) + " |" for row in rows]

    lines = [f"## Marts: {title}", "", sentence(marts), "", *table(MARTS, mart_rows(marts))]
    columns = list(column_rows(marts))
    if columns:
        lines += ["", *table(COLUMNS, columns)]
    return "\n".join(lines) + "\n"
