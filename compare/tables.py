"""The comparison in sentences and tables: for the terminal by rich, for a job summary in Markdown."""

from dataclasses import dataclass

from report.results import TESTS
from report.tables import NONE, Table, cell, markdown_table, number, plain, print_table

FUNNEL = ["created", "sent", "sent_rate", "reached", "opened", "open_rate", "clicked", "click_rate"]
SLOWEST = 5
# A change of a macro that all tests use would list hundreds.
MOST_NODES = 40


@dataclass
class Comparison:
    """What differs between before and after. Two warehouses that are there have no code and no runs: None.

    marts: list of MartDifference. funnels: before and after, see compare_funnels. nodes: list of ChangedNode.
    runs: before and after (Run).
    """

    title: str
    marts: list
    funnels: tuple
    nodes: list | None = None
    runs: tuple | None = None


def measure(column, value):
    """A column's sum or mean as text: 'sum 1,234'."""
    if value is None or column.measure is None:
        return NONE
    return f"{column.measure} {int(value):,}" if column.measure == "sum" else f"{column.measure} {value:.6g}"


def marts_table(marts):
    """Every mart, so that an unchanged one is seen to be unchanged."""
    rows = []
    for mart in marts:
        counts = (mart.rows_before, mart.rows_after, mart.added, mart.removed, mart.changed)
        rows.append([mart.name, *map(number, counts)])
    return Table("Rows of the marts", ["mart", "rows before", "rows after", "added", "removed", "changed"], rows)


def columns_table(marts):
    """The columns that differ."""
    rows = []
    for mart in marts:
        for column in mart.columns:
            texts = (measure(column, column.before), measure(column, column.after))
            rows.append([mart.name, column.name, column.kind, number(column.rows), *texts])
    return Table("Columns that differ", ["mart", "column", "what", "rows", "before", "after"], rows, texts=3)


def nodes_table(nodes):
    """The nodes whose code or config differs: models and seeds first, and no more than can be read."""
    rows = [[node.name, node.kind, node.what] for node in nodes[:MOST_NODES]]
    if len(nodes) > MOST_NODES:
        rows.append([f"and {len(nodes) - MOST_NODES} more", NONE, NONE])
    return Table("Code that differs", ["name", "kind", "what"], rows, texts=3)


def funnel_table(before, after):
    """The funnel by channel; two rows where before and after differ."""

    def row(channel, when, funnel):
        values = [funnel.get(name) for name in FUNNEL]
        return [channel, when] + [
            NONE if value is None else f"{value:.2%}" if name.endswith("_rate") else number(value)
            for name, value in zip(FUNNEL, values, strict=True)
        ]

    rows = []
    for channel in sorted({*before, *after}):
        if before.get(channel) == after.get(channel):
            rows.append(row(channel, "same", before[channel]))
            continue
        rows.append(row(channel, "before", before.get(channel, {})))
        rows.append(row(channel, "after", after.get(channel, {})))
    headings = ["channel", "", *(name.replace("_", " ") for name in FUNNEL)]
    return Table("Funnel by channel", headings, rows, texts=2)


def tests_table(before, after):
    """The tests that failed or warned before or after, with their status and how often they failed."""
    sides = [{(test.kind, test.name): test for test in run.results if test.kind in TESTS} for run in (before, after)]
    rows = []
    for test in sorted({test for side in sides for test, result in side.items() if not result.is_good}):
        found = [side.get(test) for side in sides]
        texts = [result.status if result else NONE for result in found]
        counts = [number(result.failures) if result else NONE for result in found]
        rows.append([test[1], test[0], *texts, *counts])
    headings = ["test", "kind", "before", "after", "failures before", "failures after"]
    return Table("Tests that failed or warned", headings, rows, texts=4)


def timing_table(before, after):
    """The whole build and the nodes that are slowest before or after, with the ratio of after to before."""

    def row(name, *seconds):
        texts = [NONE if value is None else f"{value:.2f} s" for value in seconds]
        return [name, *texts, NONE if None in seconds or not seconds[0] else f"{seconds[1] / seconds[0]:.2f}"]

    sides = [{result.name: result.seconds for result in run.results} for run in (before, after)]
    parts = [
        [sum(result.seconds for result in run.results if (result.kind in TESTS) == is_test) for run in (before, after)]
        for is_test in (False, True)
    ]
    slowest = sorted({*sides[0], *sides[1]}, key=lambda name: -max(side.get(name, 0) for side in sides))[:SLOWEST]
    rows = [
        row("the whole build", before.seconds, after.seconds),
        row("its models and seeds", *parts[0]),
        row("its tests", *parts[1]),
        *(row(name, *(side.get(name) for side in sides)) for name in slowest),
    ]
    return Table("Time", ["node", "before", "after", "ratio"], rows)


def marts_sentence(marts):
    different = [mart.name for mart in marts if not mart.is_same]
    if not different:
        return f"All {len(marts)} marts are the same before and after."
    return f"{len(different)} of {len(marts)} marts differ: {', '.join(different)}."


def nodes_sentence(nodes):
    if not nodes:
        return "dbt finds no node whose code or config differs."
    kinds = {}
    for node in nodes:
        kinds[node.kind] = kinds.get(node.kind, 0) + 1
    counts = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items())
    return f"Code or config differs of {counts}."


def tests_sentence(after):
    bad = [result for result in after.problems() if result.kind in TESTS]
    failed = sum(result.status not in ("warn", "skipped") for result in bad)
    skipped = sum(result.status == "skipped" for result in bad)
    tests = sum(result.kind in TESTS for result in after.results)
    return f"{tests} tests after: {failed} failed, {len(bad) - failed - skipped} warned, {skipped} skipped."


def sentences(comparison):
    """What to know if nothing else is read (list of str)."""
    said = [marts_sentence(comparison.marts)]
    if comparison.nodes is not None:
        said.append(nodes_sentence(comparison.nodes))
    if comparison.runs:
        said.append(tests_sentence(comparison.runs[1]))
    return said


def tables(comparison):
    """The tables that have something to say (list of Table)."""
    found = [funnel_table(*comparison.funnels), marts_table(comparison.marts), columns_table(comparison.marts)]
    if comparison.nodes is not None:
        found.append(nodes_table(comparison.nodes))
    if comparison.runs:
        found += [tests_table(*comparison.runs), timing_table(*comparison.runs)]
    return [table for table in found if table.rows]


def print_comparison(console, comparison):
    """Print the comparison, the sentences last. console: rich.console.Console."""
    for table in tables(comparison):
        print_table(console, table)
        console.print()
    for sentence in sentences(comparison):
        console.print(plain(sentence))


def markdown(comparison):
    """The comparison as Markdown, the sentences first (list of str)."""
    return [
        f"## {cell(comparison.title)}",
        cell(" ".join(sentences(comparison))),
        *map(markdown_table, tables(comparison)),
    ]
