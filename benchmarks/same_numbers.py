"""Whether a script in plain SQL, lean.sql or peer.sql, gives the numbers that the warehouse has."""

import duckdb

from codegen.facts import STAGES

# The columns that find a row in each funnel, the same in the scripts and in the warehouse.
FUNNELS = {
    "campaign_funnel": ["project_id", "campaign_id", "channel"],
    "campaign_funnel_daily": ["project_id", "campaign_id", "channel", "message_date"],
    "journey_funnel": ["project_id", "journey_id", "channel"],
    "journey_step_funnel": ["project_id", "journey_id", "journey_step_id", "channel"],
    "channel_funnel_daily": ["project_id", "channel", "message_date"],
}
# What the scripts leave out: names are a join, and is_settled is not a number of the funnel.
NOT_IN_SCRIPT = {"campaign_name", "journey_name", "is_settled"}
RATE_TOLERANCE = 1e-9
# peer.sql subtracts seconds since 1970 as doubles, which are good to a quarter of a microsecond.
SECONDS_TOLERANCE = 1e-6


def compare(script_database, warehouse):
    """Compare what a script made with the warehouse; return the differences (list of str, empty when there is none).

    Events and messages are compared where the script keeps them, each row of the five funnels always.
    """
    stages = ", ".join(f"count({stage}_at) as {stage}" for stage in STAGES)
    counted = {
        "events": ("stg_flarelane__crm_events", "project_id, channel, event_stage, event_date, count(*) as events"),
        "messages": (
            "fct_messages",
            "project_id, channel, message_date, count(*) as messages, sum(event_count) as events,"
            " sum(open_count) as opens, sum(click_count) as clicks, count(distinct person_key) as persons, " + stages,
        ),
    }
    differences = []
    with duckdb.connect() as connection:
        for path, name in ((script_database, "script"), (warehouse, warehouse.stem)):
            connection.execute("attach {} as {} (read_only)".format("'" + str(path).replace("'", "''") + "'", name))
        connection.execute(f"use {warehouse.stem}")
        for name, (relation, columns) in counted.items():
            if columns_of(connection, "script", name):
                differences += differing_counts(connection, name, columns, relation)
        for funnel, grain in FUNNELS.items():
            differences += differing_funnel(connection, warehouse.stem, funnel, grain)
    return differences


def columns_of(connection, database, relation):
    """Return the columns of a table {name: type}; empty when it is not there."""
    query = "select column_name, data_type from duckdb_columns() where database_name = $1 and table_name = $2"
    return dict(connection.execute(query, [database, relation]).fetchall())


def differing_counts(connection, name, columns, relation):
    """Return a line (list of str) per group of counts that one of the two has and the other has not, five at most."""
    in_script = f"select {columns} from script.{name} group by all"
    in_warehouse = f"select {columns} from {relation} group by all"
    rows = connection.execute(
        f"select 'script', * from ({in_script} except {in_warehouse}) union all "
        f"select 'warehouse', * from ({in_warehouse} except {in_script}) order by all limit 5"
    ).fetchall()
    return [f"{name}: only in the {row[0]}: {', '.join(map(str, row[1:]))}" for row in rows]


def differing_funnel(connection, database, funnel, grain):
    """Return a line (list of str) per column of a funnel that differs in some row, with the number of rows."""
    script_types, types = columns_of(connection, "script", funnel), columns_of(connection, database, funnel)
    missing = set(types) - set(script_types) - NOT_IN_SCRIPT
    if missing or not types:
        return [f"{funnel}: the script lacks {', '.join(sorted(missing)) or 'the table'}"]
    compared = [name for name in types if name not in {*grain, *NOT_IN_SCRIPT}]
    conditions = ["(s.row_there is distinct from w.row_there)"]
    for name in compared:
        if types[name] == "DOUBLE":
            tolerance = SECONDS_TOLERANCE if name.startswith("median_seconds") else RATE_TOLERANCE
            conditions.append(
                f"(s.{name} is null) <> (w.{name} is null) or coalesce(abs(s.{name} - w.{name}) > {tolerance}, false)"
            )
        else:
            conditions.append(f"s.{name} is distinct from w.{name}")
    counts = ", ".join(f"count(*) filter (where {condition})" for condition in conditions)
    keys = " and ".join(f"s.{name} is not distinct from w.{name}" for name in grain)
    found = connection.execute(
        f"select {counts} from (select *, true as row_there from script.{funnel}) as s"
        f" full join (select *, true as row_there from {funnel}) as w on {keys}"
    ).fetchone()
    names = ["presence", *compared]
    return [f"{funnel}: {name} differs in {count:,} rows" for name, count in zip(names, found, strict=True) if count]
