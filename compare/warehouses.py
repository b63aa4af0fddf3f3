"""The difference between two warehouses, mart by mart, as numbers; DuckDB does the work."""

import contextlib
from dataclasses import dataclass, field

import duckdb

INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
FRACTIONS = {"FLOAT", "DOUBLE"}


@dataclass
class ColumnDifference:
    """A column that differs.

    kind: 'values', 'type', 'new' or 'gone'. rows: how many of the rows that are in both differ, or None. before and
    after: the sum of a whole number, the mean of a fraction, else None; measure says which ('sum', 'mean' or None).
    """

    name: str
    kind: str
    rows: int | None = None
    measure: str | None = None
    before: float | None = None
    after: float | None = None


@dataclass
class MartDifference:
    """What became of one mart.

    rows_before, rows_after: None where the mart does not exist. added, removed, changed: rows by key; without a key
    that is unique on both sides whole rows are compared, and changed is None.
    """

    name: str
    rows_before: int | None
    rows_after: int | None
    added: int = 0
    removed: int = 0
    changed: int | None = 0
    columns: list = field(default_factory=list)

    @property
    def is_same(self):
        return not (self.added or self.removed or self.changed or self.columns)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def column_types(connection, side, mart):
    """The columns of a mart with their types (dict), or None where the warehouse has no such mart."""
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = $1 and table_name = $2"
        " order by column_index",
        [side, mart],
    ).fetchall()
    return dict(rows) or None


def is_unique(connection, relation, key):
    columns = ", ".join(map(quoted, key))
    return connection.execute(
        f"select count(*) = (select count(*) from (select distinct {columns} from {relation})) from {relation}"
    ).fetchone()[0]


def differs(name, data_type):
    """SQL: whether a column differs between a row before and after; of fractions the last digits do not count."""
    before, after = f"old.{quoted(name)}", f"new.{quoted(name)}"
    if data_type in FRACTIONS:
        near = f"abs({before} - {after}) <= 1e-9 * greatest(abs({before}), abs({after}))"
        return f"({before} is distinct from {after} and not coalesce({near}, false))"
    return f"{before} is distinct from {after}"


def measured(connection, side, mart, name, data_type):
    """The name of a column's measure and its value: sum of whole numbers, mean of fractions, else nothing."""
    measure = "sum" if data_type in INTEGERS else "mean" if data_type in FRACTIONS else None
    if measure is None:
        return None, None
    function = {"sum": "sum", "mean": "avg"}[measure]
    query = f"select {function}({quoted(name)}) from {side}.{quoted(mart)}"
    return measure, connection.execute(query).fetchone()[0]


def column_differences(connection, mart, types_before, types_after, differing):
    """The differences of a mart's columns (list of ColumnDifference). differing: rows that differ, by column."""
    found = []
    for name in [*types_before, *(name for name in types_after if name not in types_before)]:
        if name not in types_after:
            kind = "gone"
        elif name not in types_before:
            kind = "new"
        elif types_before[name] != types_after[name]:
            kind = "type"
        else:
            kind = "values"
        sides = []
        for side, types in (("before", types_before), ("after", types_after)):
            sides.append(measured(connection, side, mart, name, types[name]) if name in types else (None, None))
        (measure_before, before), (measure_after, after) = sides
        # A sum also moves by rows that were added or removed.
        if kind == "values" and not differing.get(name) and (measure_before != "sum" or before == after):
            continue
        measure = measure_after or measure_before
        found.append(ColumnDifference(name, kind, differing.get(name), measure, before, after))
    return found


def compare_mart(connection, mart, key):
    """Compare one mart of the attached databases before and after; None if neither has it. key: columns, or None."""
    types_before = column_types(connection, "before", mart)
    types_after = column_types(connection, "after", mart)
    relations = {side: f"{side}.{quoted(mart)}" for side in ("before", "after")}
    rows = {
        side: connection.execute(f"select count(*) from {relations[side]}").fetchone()[0] if types else None
        for side, types in (("before", types_before), ("after", types_after))
    }
    result = MartDifference(mart, rows["before"], rows["after"])
    if types_before is None and types_after is None:
        return None
    if types_before is None or types_after is None:
        result.added, result.removed = rows["after"] or 0, rows["before"] or 0
        return result

    common = {name: data_type for name, data_type in types_after.items() if name in types_before}
    has_key = bool(key) and all(name in common for name in key)
    if not has_key or not all(is_unique(connection, relation, key) for relation in relations.values()):
        columns = ", ".join(map(quoted, common))
        only = "select count(*) from (select {0} from {1} except all select {0} from {2})"
        result.added = connection.execute(only.format(columns, relations["after"], relations["before"])).fetchone()[0]
        result.removed = connection.execute(only.format(columns, relations["before"], relations["after"])).fetchone()[0]
        result.changed = None
        result.columns = column_differences(connection, mart, types_before, types_after, {})
        return result

    values = {name: data_type for name, data_type in common.items() if name not in key}
    conditions = {name: differs(name, data_type) for name, data_type in values.items()}
    on = " and ".join(f"old.{quoted(name)} is not distinct from new.{quoted(name)}" for name in key)
    counts = "".join(f", count(*) filter (where {condition})" for condition in conditions.values())
    matched, changed, *differing = connection.execute(
        f"select count(*), count(*) filter (where {' or '.join(conditions.values()) or 'false'}){counts}"
        f" from {relations['before']} as old inner join {relations['after']} as new on {on}"
    ).fetchone()
    result.added, result.removed, result.changed = rows["after"] - matched, rows["before"] - matched, changed
    differing = dict(zip(conditions, differing, strict=True))
    result.columns = column_differences(connection, mart, types_before, types_after, differing)
    return result


def funnel(connection, side):
    """The funnel of each channel over all days (dict of dict: counts and rates, None where not reported).

    Rates are those of the warehouse's own seed, so that a rate with a new definition shows.
    """
    types = column_types(connection, side, "channel_funnel_daily")
    rates = column_types(connection, side, "funnel_rates")
    if not types or not rates:
        return {}
    names = [name for name in types if name.endswith("_messages")]
    sums = ", ".join(f"sum({quoted(name)})::bigint" for name in names)
    counts = connection.execute(
        f"select channel, {sums} from {side}.channel_funnel_daily group by channel order by channel"
    ).fetchall()
    rates = connection.execute(f"select rate, numerator, base, base_without_sent from {side}.funnel_rates").fetchall()
    found = {}
    for channel, *values in counts:
        stages = {name.removesuffix("_messages"): value for name, value in zip(names, values, strict=True)}
        found[channel] = dict(stages)
        for rate, numerator, base, base_without_sent in rates:
            if base_without_sent and stages.get("sent") is None:
                base = base_without_sent
            counted, parts = ([stages.get(stage) for stage in names.split("|")] for names in (numerator, base))
            has_rate = None not in [*counted, *parts] and sum(parts) > 0
            found[channel][rate] = sum(counted) / sum(parts) if has_rate else None
    return found


@contextlib.contextmanager
def attached(before, after):
    """A connection that has two warehouses (paths) attached as before and after."""
    with duckdb.connect() as connection:
        for side, path in (("before", before), ("after", after)):
            connection.execute("attach '{}' as {} (read_only)".format(str(path).replace("'", "''"), side))
        yield connection


def compare_warehouses(before, after, keys):
    """Compare the marts that either of two warehouses has (list of MartDifference).

    before, after: paths. keys: columns of the key by mart (dict of list or None).
    """
    with attached(before, after) as connection:
        compared = [compare_mart(connection, mart, key) for mart, key in keys.items()]
    return [mart for mart in compared if mart]


def compare_funnels(before, after):
    """The funnels of two warehouses (paths) by channel: two dicts, see funnel()."""
    with attached(before, after) as connection:
        return funnel(connection, "before"), funnel(connection, "after")
