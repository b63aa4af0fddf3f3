"""Compare each table and view of a warehouse of Spark with that of DuckDB, row by row."""

import tempfile
from concurrent.futures import ThreadPoolExecutor

import duckdb
from pyspark.sql import SparkSession

SCHEMA = "flarelane"
# What each warehouse has in its own way: hashes of the engine, numbers of files in the order in which they came, times
# of builds, fingerprints of code, and words on why a file cannot be read.
OWN_COLUMNS = {
    "file_id",
    "row_key",
    "message_row_key",
    "event_hash",
    "thread_key",
    "person_hash",
    "run_key",
    "seen_at",
    "loaded_at",
    "checked_with",
    "state_reason",
    "code_fingerprint",
    "built_from",
    "output_fingerprint",
    "fingerprint",
}
# Records of the builds: what the last one touched, and what only DuckDB has.
OWN_RELATIONS = {
    "unfinished_models",
    "warehouse_rewrites",
    "passed_tests",
    "model_builds",
    "partition_scope",
    "partitions_this_run",
    "threads_this_run",
    "messages_this_run",
    "goal_events_this_run",
}
# Rows to compare, where not all: a first build knows nothing of files that are gone.
ROWS = {"export_files": "state <> 'gone'"}
TYPES = {"JSON": "varchar", "TIMESTAMP WITH TIME ZONE": "timestamp", "UBIGINT": "bigint"}


def open_spark(folder):
    """Return a SparkSession with the catalogue of a warehouse. folder: str."""
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in {
        "spark.master": "local[2]",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.variant.allowDuplicateKeys": "true",
        "spark.sql.warehouse.dir": f"{folder}/tables",
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/catalogue",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def differing(connection, spark_file, relation):
    """Return what differs between a file of Spark's rows and DuckDB's relation (str), or '' where nothing does."""
    columns = {
        name: data_type
        for name, data_type, *_ in connection.execute(f"describe duck.main.{relation}").fetchall()
        if name not in OWN_COLUMNS
    }
    found = {
        name for name, *_ in connection.execute(f"describe select * from read_parquet('{spark_file}')").fetchall()
    } - OWN_COLUMNS
    if found != set(columns):
        return f"columns {sorted(found ^ set(columns))}"
    # The last digits of a sum or quotient of doubles are the engine's own.
    typed = ", ".join(
        f'round(cast("{name}" as double), 9) as "{name}"'
        if data_type == "DOUBLE"
        else f'cast("{name}" as {TYPES.get(data_type, data_type)}) as "{name}"'
        for name, data_type in columns.items()
    )
    for name, source in (("spark", f"read_parquet('{spark_file}')"), ("duck", f"duck.main.{relation}")):
        rows = ROWS.get(relation, "true")
        connection.execute(f"create or replace temp table {name}_rows as select {typed} from {source} where {rows}")
    counts = {}
    for name, other in (("spark", "duck"), ("duck", "spark")):
        rest = f"(select * from {name}_rows except all select * from {other}_rows)"
        counts[name] = connection.execute(f"select count(*) from {rest}").fetchone()[0]
        if counts[name]:
            examples = connection.execute(f"from {rest} order by all limit 2").fetchall()
            print(f"  {relation}, {name} alone: {examples}")
    rows = connection.execute("select count(*) from duck_rows").fetchone()[0]
    return f"{counts['spark']} and {counts['duck']} of {rows} rows" if any(counts.values()) else ""


def are_equal(folder, warehouse):
    """Whether a warehouse of Spark holds what one of DuckDB holds (bool); prints what differs. Both are paths (str).

    A session of Spark that is there is used.
    """
    spark = open_spark(folder)
    connection = duckdb.connect()
    connection.execute(f"attach '{warehouse}' as duck (read_only)")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("use duck")
    relations = connection.execute(
        "select table_name from information_schema.tables where table_catalog = 'duck' order by 1"
    ).fetchall()
    compared = [name for (name,) in relations if name not in OWN_RELATIONS]
    assert compared
    differences = {}
    with tempfile.TemporaryDirectory() as written:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: spark.table(f"{SCHEMA}.{name}").write.parquet(f"{written}/{name}"), compared))
        for relation in compared:
            if difference := differing(connection, f"{written}/{relation}/*.parquet", relation):
                differences[relation] = difference
                print(f"{relation}: {difference}", flush=True)
    print(f"{len(compared)} tables and views compared, {len(differences)} differ", flush=True)
    return not differences


def print_rows(query):
    """Print the rows of a query on the session of Spark that is there, a line each, and return True."""
    for row in SparkSession.active().sql(query).collect():
        print(*row)
    return True
