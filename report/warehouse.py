"""Opens a warehouse for reading, whatever the schemas of its models."""

import duckdb


def open_warehouse(path):
    """Open a warehouse (path) read-only and return the connection, which finds a model by its name in any schema.

    Models stand in `main` unless the project has given their folder a schema of its own (`+schema`): those come first.
    """
    connection = duckdb.connect(str(path), read_only=True)
    schemas = connection.execute(
        "select distinct schema_name from (from duckdb_tables() union all by name from duckdb_views())"
        " where not internal order by schema_name = 'main', schema_name"
    ).fetchall()
    if schemas:
        search_path = ",".join('"' + name.replace('"', '""') + '"' for (name,) in schemas)
        connection.execute("set search_path = '{}'".format(search_path.replace("'", "''")))
    return connection
