{#- The format of the warehouse's tables: parquet, or delta or iceberg, whose writes are transactions. It is the environment
    variable FLARELANE_SPARK_TABLE_FORMAT. -#}
{% macro tables_format() -%}
    {%- set format = env_var('FLARELANE_SPARK_TABLE_FORMAT', 'parquet') -%}
    {%- if format not in ('parquet', 'delta', 'iceberg') -%}
        {{ exceptions.raise_compiler_error(
            "FLARELANE_SPARK_TABLE_FORMAT is '" ~ visible(format) ~ "'; it must be parquet, delta or iceberg."
        ) }}
    {%- endif -%}
    {{ return(format) }}
{%- endmacro %}

{#- Whether the writes of the warehouse's tables are transactions. -#}
{% macro writes_transactions() -%}
    {{ return(tables_format() != 'parquet') }}
{%- endmacro %}

{#-
    What a statement that makes a table says behind the columns: its format, and what divides it.

    Delta and Iceberg would write the least and the greatest value of columns to their logs, where they stay when the rows are
    gone: ids of people among them. Builds look for rows by date, which needs none of them. Delta would also gather its log
    into one file at each tenth write, which takes as long as the write of a record. Iceberg would shuffle rows by date once
    more, and give up after four tries where models that are built at once write to one table. partition: name of the column that
    divides the table into folders, or none.
-#}
{% macro table_format(partition=none) -%}
    {%- set properties = {
        'delta': {'delta.dataSkippingNumIndexedCols': 0, 'delta.checkpointInterval': 100},
        'iceberg': {
            'write.metadata.metrics.default': 'none',
            'write.metadata.delete-after-commit.enabled': 'true',
            'write.metadata.previous-versions-max': 1,
            'write.distribution-mode': 'none',
            'commit.retry.num-retries': 100,
        },
    }.get(tables_format(), {}) -%}
    {%- set texts = [] -%}
    {%- for name, value in properties.items() -%}{%- do texts.append("'" ~ name ~ "' = '" ~ value ~ "'") -%}{%- endfor -%}
    using {{ tables_format() }}
    {{- ' partitioned by (' ~ partition ~ ')' if partition }}
    {{- ' tblproperties (' ~ texts | join(', ') ~ ')' if texts }}
{%- endmacro %}

{#- Columns as a table has them that is made with them: Iceberg has no integers of one or two bytes. columns: list of
    columns_of(). -#}
{% macro stored_columns(columns) -%}
    {%- set stored = [] -%}
    {%- for column in columns -%}
        {%- set name, type = column.split(' ', 1) -%}
        {%- do stored.append(
            name ~ " int" if tables_format() == 'iceberg' and type in ('tinyint', 'smallint') else column
        ) -%}
    {%- endfor -%}
    {{ return(stored) }}
{%- endmacro %}

{#- Stop where tables were written in another format before, because a build would write over some of them and not over
    others. Runs a query, which opens no table. relation: a table, which need not be there. -#}
{% macro check_table_format(relation) -%}
    {%- for row in run_query(
        "show table extended in " ~ relation.schema ~ " like '" ~ relation.identifier ~ "'"
    ).rows -%}
        {%- set found = (
            'iceberg' if 'table_type=ICEBERG' in row[3] else modules.re.search('Provider: (\\w+)', row[3]).group(1)
        ) -%}
        {%- if found != tables_format() -%}
            {{ exceptions.raise_compiler_error(
                "The schema " ~ relation.schema ~ " has " ~ found ~ " tables, and FLARELANE_SPARK_TABLE_FORMAT asks for "
                ~ tables_format() ~ ". Build into another schema or another FLARELANE_SPARK_WAREHOUSE, or drop the schema first."
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Stop where several models would be built at once on Iceberg tables whose catalogue has no locks: of two that write to a table
    of the state one could be lost. Runs a query. -#}
{% macro check_threads() -%}
    {%- if tables_format() != 'iceberg' or target.threads == 1 -%}{{ return('') }}{%- endif -%}
    {%- if run_query("set `spark.hadoop.iceberg.engine.hive.lock-enabled`").rows[0][1] == 'false' -%}
        {{ exceptions.raise_compiler_error(
            "Iceberg tables are built with one thread while iceberg.engine.hive.lock-enabled is false, not with " ~ target.threads
            ~ ": leave --threads out, or set threads: 1 in profiles.yml."
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- Put the rows of a query, which may read the table, in the place of those of a table, which need not be there, in one
    transaction. Runs queries. relation: the table. columns, partition: see layout_for(). sql: query of the rows. -#}
{% macro replace_table_at_once(relation, columns, partition, sql) -%}
    {%- set rows = rows_by_partition(partition_last(columns, partition), partition, sql) if partition else sql -%}
    {%- if layout_if_there(relation) == layout_for(columns, partition) -%}
        {#- In Delta `true`, and `insert overwrite`, keep the partitions without new rows where the session overwrites
            dynamically. -#}
        {%- set any_row = partition ~ " is null or " ~ partition ~ " is not null" if partition else 'true' -%}
        {%- do replace_rows_at_once(relation, any_row, rows) -%}
    {%- else -%}
        {%- do run_query("create or replace table " ~ relation ~ " " ~ table_format(partition) ~ " as " ~ rows) -%}
    {%- endif -%}
{%- endmacro %}

{#- Put the rows of a query, which may read the table, in the place of those of a table that meet a condition, in one transaction.
    Runs a query. relation: the table. condition, sql: SQL. The condition is on the column that divides the table; the query has
    the table's columns in their order, and no row that does not meet it: Delta would stop, and Iceberg would add the row. -#}
{% macro replace_rows_at_once(relation, condition, sql) -%}
    {%- do run_query("insert into " ~ relation ~ " replace where " ~ condition ~ " " ~ sql) -%}
{%- endmacro %}

{#-
    Delete the files of tables that hold none of their rows now, be it that a killed build left them. Runs queries.

    Whoever reads such a table as it was a moment ago is stopped. relations: list of the tables.
-#}
{% macro delete_old_files(relations) -%}
    {%- if tables_format() == 'delta' -%}
        {#- Files are looked for by as many tasks as a shuffle has, in place of ten thousand. -#}
        {%- set tasks = run_query("set spark.sql.shuffle.partitions").rows[0][1] -%}
        {%- do run_query("set spark.sql.sources.parallelPartitionDiscovery.parallelism = " ~ tasks) -%}
        {%- do run_query("set spark.databricks.delta.retentionDurationCheck.enabled = false") -%}
    {%- endif -%}
    {%- for relation in relations -%}
        {%- if tables_format() == 'delta' -%}
            {%- do run_query("vacuum " ~ relation ~ " retain 0 hours") -%}
        {%- else -%}
            {%- do forget_snapshots(relation) -%}
            {%- do delete_unknown_files(relation) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Let an Iceberg table know no state but the last, and delete the files that this leaves without use. Runs a query.
    relation: the table. -#}
{% macro forget_snapshots(relation) -%}
    {%- do run_query(
        "call spark_catalog.system.expire_snapshots(table => '" ~ relation ~ "', older_than => timestamp '2999-01-01',"
        ~ " retain_last => 1)"
    ) -%}
{%- endmacro %}

{#- Delete the files in the folder of an Iceberg table that the table does not know, such as a killed build leaves. Runs
    queries. Iceberg takes no file of the last day for such a one, so it is given a list that says that all are old: nobody
    else may write to the table meanwhile. relation: the table. -#}
{% macro delete_unknown_files(relation) -%}
    {%- for row in run_query("describe table extended " ~ relation).rows if row[0] == 'Location' -%}
        {%- do run_query(
            "create or replace temporary view files_of_a_table using binaryFile options (path "
            ~ text_literal(row[1]) ~ ", recursiveFileLookup 'true', `__globPaths__` 'false')"
        ) -%}
    {%- endfor -%}
    {%- do run_query(
        "create or replace temporary view old_files_of_a_table as"
        ~ " select path as file_path, timestamp '2000-01-01' as last_modified from files_of_a_table"
    ) -%}
    {%- do run_query(
        "call spark_catalog.system.remove_orphan_files(table => '" ~ relation ~ "', file_list_view => 'old_files_of_a_table')"
    ) -%}
{%- endmacro %}

{#- Drop a table with its files, which Iceberg else leaves. Runs queries. relation: the table. -#}
{% macro drop_table_with_files(relation) -%}
    {%- if tables_format() == 'iceberg' -%}{%- do run_query("drop table " ~ relation ~ " purge") -%}{%- endif -%}
    {%- do adapter.drop_relation(relation) -%}
{%- endmacro %}

{#- Let Iceberg tables of the state know no state but the last, with the files of it, where they know more than 300: each write
    lists them all. Runs queries. names: list of the tables' names, which need not be there. -#}
{% macro forget_many_snapshots(names) -%}
    {%- if tables_format() != 'iceberg' -%}{{ return('') }}{%- endif -%}
    {%- for row in run_query("show tables in " ~ state_table('model_builds').schema).rows if row[1] in names -%}
        {%- set table = state_table(row[1]) -%}
        {%- if run_query("select count(*) > 300 from " ~ table ~ ".snapshots").rows[0][0] -%}
            {%- do forget_snapshots(table) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
