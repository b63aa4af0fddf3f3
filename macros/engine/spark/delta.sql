{#-
    Whether the warehouse's tables are Delta tables, whose writes are transactions, and not Parquet tables: the environment
    variable FLARELANE_SPARK_TABLE_FORMAT.
-#}
{% macro writes_delta() -%}
    {%- set format = env_var('FLARELANE_SPARK_TABLE_FORMAT', 'parquet') -%}
    {%- if format not in ('parquet', 'delta') -%}
        {{ exceptions.raise_compiler_error(
            "FLARELANE_SPARK_TABLE_FORMAT is '" ~ visible(format) ~ "'; it must be parquet or delta."
        ) }}
    {%- endif -%}
    {{ return(format == 'delta') }}
{%- endmacro %}

{#-
    What a statement that makes a table says behind the columns: its format, and what divides it.

    Delta would write the least and the greatest value of columns to its log, where they stay when the rows are gone: ids of
    people among them. Builds look for rows by date, which needs none of them. It would also gather its log into one file at
    each tenth write, which takes as long as the write of a record. partition: name of the column that divides the table
    into folders, or none.
-#}
{% macro table_format(partition=none) -%}
    using {{ 'delta' if writes_delta() else 'parquet' }}
    {{- ' partitioned by (' ~ partition ~ ')' if partition }}
    {{- " tblproperties ('delta.dataSkippingNumIndexedCols' = '0', 'delta.checkpointInterval' = '100')" if writes_delta() }}
{%- endmacro %}

{#- Stop where tables were written in another format before, because a build would write over some of them and not over
    others. Runs a query, which opens no table. relation: a table, which need not be there. -#}
{% macro check_table_format(relation) -%}
    {%- set format = 'delta' if writes_delta() else 'parquet' -%}
    {%- for row in run_query(
        "show table extended in " ~ relation.schema ~ " like '" ~ relation.identifier ~ "'"
    ).rows -%}
        {%- set found = modules.re.search('Provider: (\\w+)', row[3]).group(1) -%}
        {%- if found != format -%}
            {{ exceptions.raise_compiler_error(
                "The schema " ~ relation.schema ~ " has " ~ found ~ " tables, and FLARELANE_SPARK_TABLE_FORMAT asks for " ~ format
                ~ ". Build into another schema or another FLARELANE_SPARK_WAREHOUSE, or drop the schema first."
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Put the rows of a query, which may read the table, in the place of those of a Delta table, which need not be there, in one
    transaction. Runs queries. relation: the table. columns, partition: see layout_for(). sql: query of the rows. -#}
{% macro replace_delta_table(relation, columns, partition, sql) -%}
    {%- set rows = rows_by_partition(partition_last(columns, partition), partition, sql) if partition else sql -%}
    {%- if layout_if_there(relation) == layout_for(columns, partition) -%}
        {#- `true`, and `insert overwrite`, keep the partitions without new rows where the session overwrites dynamically. -#}
        {%- set any_row = partition ~ " is null or " ~ partition ~ " is not null" if partition else 'true' -%}
        {%- do replace_delta_rows(relation, any_row, rows) -%}
    {%- else -%}
        {%- do run_query("create or replace table " ~ relation ~ " " ~ table_format(partition) ~ " as " ~ rows) -%}
    {%- endif -%}
{%- endmacro %}

{#- Put the rows of a query, which may read the table, in the place of those of a Delta table that meet a condition, which all
    of them meet, in one transaction. Runs a query. relation: the table. condition, sql: SQL; the query has the table's
    columns in their order. -#}
{% macro replace_delta_rows(relation, condition, sql) -%}
    {%- do run_query("insert into " ~ relation ~ " replace where " ~ condition ~ " " ~ sql) -%}
{%- endmacro %}

{#-
    Delete the files of Delta tables that hold none of their rows now. Runs queries.

    Whoever reads such a table as it was a moment ago is stopped. Files are looked for by as many tasks as a shuffle has, in
    place of ten thousand. relations: list of the tables.
-#}
{% macro delete_old_delta_files(relations) -%}
    {%- set tasks = run_query("set spark.sql.shuffle.partitions").rows[0][1] -%}
    {%- do run_query("set spark.sql.sources.parallelPartitionDiscovery.parallelism = " ~ tasks) -%}
    {%- do run_query("set spark.databricks.delta.retentionDurationCheck.enabled = false") -%}
    {%- for relation in relations -%}{%- do run_query("vacuum " ~ relation ~ " retain 0 hours") -%}{%- endfor -%}
{%- endmacro %}
