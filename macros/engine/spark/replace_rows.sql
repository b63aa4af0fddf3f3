{#-
    Put the rows of a query in the place of those of a table, which need not be there. Runs queries.

    A table stays the same table while its columns do: a killed build then leaves no folder that stands in the way of a new
    one. relation: the table. sql: query. reads_itself: whether the query reads the table; its rows are then written to a
    table of their own first, which says that it is complete while the table itself is written: see finish_replacing(). A Delta
    or Iceberg table is written in one transaction instead. partition: name of the column that divides the table into folders,
    or none. columns: of the query, as columns_of() has them; without them Spark is asked.
-#}
{% macro replace_table(relation, sql, reads_itself=false, partition=none, columns=none) -%}
    {%- set columns = columns or columns_of_query(sql) -%}
    {%- if writes_transactions() -%}{{ return(replace_table_at_once(relation, columns, partition, sql)) }}{%- endif -%}
    {%- set staged = staged_for(relation) -%}
    {%- if reads_itself -%}{%- do stage_rows(staged, columns, sql) -%}{%- endif -%}
    {%- set new_rows = "select * from " ~ staged if reads_itself else sql -%}
    {%- do create_table_of(relation, columns, partition) -%}
    {%- if partition is none -%}
        {%- do run_query("insert overwrite " ~ relation ~ " " ~ new_rows) -%}
    {%- else -%}
        {#- All partitions, and not just those that have rows now. -#}
        {%- do run_query(
            "insert overwrite " ~ relation ~ " with (partitionOverwriteMode = 'static') "
            ~ rows_by_partition(partition_last(columns, partition), partition, new_rows)
        ) -%}
    {%- endif -%}
    {%- if reads_itself -%}{%- do empty_staged(staged) -%}{%- endif -%}
{%- endmacro %}

{#-
    Put the rows of a query, which may read the table, in the place of those of one partition of a table. Runs queries.

    Other partitions can be written and read meanwhile. relation: the table. partition: name of the column that divides it.
    value: text, the column's value in all rows of the query. sql: query of the table's columns, in any order.
-#}
{% macro replace_partition(relation, partition, value, sql) -%}
    {%- set layout = layout_of(relation) -%}
    {%- if layout.partition != partition -%}
        {{ exceptions.raise_compiler_error(
            relation.identifier ~ " is not divided by " ~ partition ~ " yet: build it too (--select +" ~ model.name ~ ")"
        ) }}
    {%- endif -%}
    {%- set rows = "select " ~ names_of(layout.columns) | join(', ') ~ " from (" ~ sql ~ ") as new_rows" -%}
    {%- if writes_transactions() -%}
        {{ return(replace_rows_at_once(relation, partition ~ " = '" ~ value ~ "'", rows)) }}
    {%- endif -%}
    {%- set staged = staged_for(relation, value) -%}
    {%- do stage_rows(staged, layout.columns, rows) -%}
    {%- do run_query("insert overwrite " ~ relation ~ " select * from " ~ staged) -%}
    {%- do empty_staged(staged) -%}
{%- endmacro %}

{#-
    Put the rows in scope of the build of a model in the place of those that its table holds: only of dates in scope are
    files read and written. Runs queries.

    Of a Parquet table Spark replaces the files of dates that have rows now. A date whose files are still the old ones has
    none left, and is dropped. Dates stand in the queries as they are, because Spark then surely reads no other; a row of
    another date is left out. The query may read the table. relation: the table. sql: query of the rows in scope. partition: name of the
    column that divides the table.
-#}
{% macro replace_partitions(relation, sql, partition) -%}
    {%- set columns = columns_of(relation) -%}
    {%- set in_scope = [] -%}
    {%- for row in run_query(
        "select distinct cast(event_date as string) from " ~ state_table('partition_scope') ~ " where model = '"
        ~ model.name ~ "' and is_current"
    ).rows -%}
        {%- do in_scope.append(row[0]) -%}
    {%- endfor -%}
    {%- if writes_transactions() -%}
        {%- set rows = rows_by_partition(columns, partition, rows_in_scope(columns, sql, in_scope, in_scope)) -%}
        {{ return(replace_rows_at_once(relation, partition ~ " in (" ~ date_literals(in_scope) ~ ")", rows)) }}
    {%- endif -%}
    {%- set before = newest_files(relation, partition, in_scope) -%}
    {%- set rows = rows_in_scope(columns, sql, in_scope, before.keys() | list) -%}
    {%- do run_query("insert overwrite " ~ relation ~ " " ~ rows_by_partition(columns, partition, rows)) -%}
    {%- set emptied = [] -%}
    {%- for date, file in (newest_files(relation, partition, before.keys() | list) if before else {}).items() -%}
        {%- if file == before[date] -%}
            {%- do emptied.append("partition (" ~ partition ~ " = " ~ date_literals([date]) ~ ")") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if emptied -%}{%- do run_query("alter table " ~ relation ~ " drop " ~ emptied | join(", ")) -%}{%- endif -%}
{%- endmacro %}

{#-
    A query of the rows of a query for a table that is divided: those of a date together, so that a date becomes one file.
    Spark makes more of them where a date is larger than a task should be. columns: list of columns_of(). partition: name of
    the column that divides the table. sql: query.
-#}
{% macro rows_by_partition(columns, partition, sql) -%}
    select /*+ rebalance({{ partition }}) */ {{ names_of(columns) | join(', ') }}
    from (
        {{ sql }}
    ) as rows_to_write
{%- endmacro %}

{#- The name of the newest file of each of some dates that have one: a dict. Runs a query. relation: a table. partition: name
    of the column that divides it. dates: list. -#}
{% macro newest_files(relation, partition, dates) -%}
    {%- set files = {} -%}
    {%- for row in run_query(
        "select cast(" ~ partition ~ " as string), max(_metadata.file_name) from " ~ relation ~ " where " ~ partition
        ~ " in (" ~ date_literals(dates) ~ ") group by " ~ partition
    ).rows -%}
        {%- do files.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {{ return(files) }}
{%- endmacro %}

{#- Dates as SQL, with commas between them. dates: list. -#}
{% macro date_literals(dates) -%}
    date '{{ dates | join("', date '") }}'
{%- endmacro %}

{#- The table of rows that are to stand in a table: a relation. relation: the table. value: of the partition that they are to
    take the place of (text), none for all. -#}
{% macro staged_for(relation, value=none) -%}
    {%- set identifier = relation.identifier ~ '__new_rows' ~ ('_of_' ~ value if value else '') -%}
    {{ return(api.Relation.create(schema=relation.schema, identifier=identifier)) }}
{%- endmacro %}

{#- Write rows that are to stand in a table to one of their own, which says when it is complete. Runs queries.
    staged: relation of staged_for(). columns: list of columns_of(). sql: query of them. -#}
{% macro stage_rows(staged, columns, sql) -%}
    {%- do create_table_of(staged, columns) -%}
    {%- do run_query("alter table " ~ staged ~ " unset tblproperties if exists ('flarelane.is_complete')") -%}
    {%- do run_query("insert overwrite " ~ staged ~ " " ~ sql) -%}
    {%- do run_query("alter table " ~ staged ~ " set tblproperties ('flarelane.is_complete' = 'true')") -%}
{%- endmacro %}

{#- Forget staged rows. Runs queries. staged: relation of staged_for(). -#}
{% macro empty_staged(staged) -%}
    {%- do run_query("alter table " ~ staged ~ " unset tblproperties if exists ('flarelane.is_complete')") -%}
    {%- do empty_table(staged) -%}
{%- endmacro %}

{#-
    Write a table to the end if a build was killed while it replaced the rows: for what no build can compute again.
    Runs queries. relation: the table, of replace_table() with reads_itself and of replace_partition(). partition: name of
    the column that divides it. values: list of texts, of the partitions that are replaced on their own.
-#}
{% macro finish_replacing(relation, partition, values) -%}
    {%- for value in [none] + values -%}
        {%- set staged = staged_for(relation, value) -%}
        {%- if load_relation(staged) is not none and is_complete(staged) -%}
            {%- if value is none -%}
                {%- do replace_table(relation, "select * from " ~ staged, partition=partition) -%}
            {%- else -%}
                {%- do run_query("insert overwrite " ~ relation ~ " select * from " ~ staged) -%}
            {%- endif -%}
            {%- do empty_staged(staged) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Whether all rows were written to a table of staged rows. Runs a query. staged: relation of staged_for(). -#}
{% macro is_complete(staged) -%}
    {{ return(run_query("show tblproperties " ~ staged ~ " ('flarelane.is_complete')").rows[0][1] == 'true') }}
{%- endmacro %}

{#- The columns of a table or view, with their types in order (a list of texts), and the one that divides it into
    partitions, or none: a dict of columns and partition. Runs a query. relation: of it. -#}
{% macro layout_of(relation) -%}
    {%- set columns = [] -%}
    {%- set found = namespace(is_column=true, partition=none) -%}
    {%- for row in run_query("describe table " ~ relation).rows -%}
        {%- if row[0].startswith('#') -%}{%- set found.is_column = false -%}
        {%- elif found.is_column -%}{%- do columns.append("`" ~ row[0] ~ "` " ~ row[1]) -%}
        {%- else -%}{%- set found.partition = row[0] -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'columns': columns, 'partition': found.partition}) }}
{%- endmacro %}

{#- The columns of a table or view with their types, in order: a list of texts. Runs a query. relation: of it. -#}
{% macro columns_of(relation) -%}
    {{ return(layout_of(relation).columns) }}
{%- endmacro %}

{#- The columns of a query, as columns_of() has them. Runs a query. sql: query. -#}
{% macro columns_of_query(sql) -%}
    {%- set columns = [] -%}
    {%- for row in run_query("describe query " ~ sql).rows -%}{%- do columns.append("`" ~ row[0] ~ "` " ~ row[1]) -%}{%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{#- The columns that a model's contract names, as columns_of() has them, or none without a contract. -#}
{% macro columns_of_contract() -%}
    {{ return(documented_columns(model) if config.get('contract').enforced else none) }}
{%- endmacro %}

{#- The documented columns of a model or source, as columns_of() has them. node: of the graph. -#}
{% macro documented_columns(node) -%}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() -%}
        {%- do columns.append("`" ~ column.name ~ "` " ~ spark_type(column.data_type)) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{#- The names of columns: a list of texts. columns: list of columns_of(). -#}
{% macro names_of(columns) -%}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append(column.split(' ')[0]) -%}{%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- Columns with the one that divides a table as the last, where Spark puts it: a list of texts. columns: list of
    columns_of(). partition: name of that column, or none. -#}
{% macro partition_last(columns, partition) -%}
    {%- set others = [] -%}
    {%- set last = [] -%}
    {%- for column in columns -%}
        {%- do (last if partition and column.startswith("`" ~ partition ~ "` ") else others).append(column) -%}
    {%- endfor -%}
    {{ return(others + last) }}
{%- endmacro %}

{#- Make a table without rows, unless it is there with these columns. Runs queries. A table that was there is emptied
    before it is dropped: whoever is killed meanwhile leaves a folder without files, which is not in the way of a new table.
    relation: the table. columns: list of columns_of(). partition: name of the column that divides it into folders, or
    none. -#}
{% macro create_table_of(relation, columns, partition=none) -%}
    {%- set found = layout_if_there(relation) -%}
    {%- if found == layout_for(columns, partition) -%}{{ return('') }}{%- endif -%}
    {%- if found and not writes_transactions() -%}
        {%- do empty_table(relation) -%}
        {%- do run_query("drop table " ~ relation) -%}
    {%- endif -%}
    {%- do run_query(
        "create " ~ ("or replace " if writes_transactions() else "") ~ "table " ~ relation ~ " ("
        ~ partition_last(columns, partition) | join(", ") ~ ") " ~ table_format(partition)
    ) -%}
{%- endmacro %}

{#- What layout_of() says of a table, or none where it is not there. Runs queries. relation: the table. -#}
{% macro layout_if_there(relation) -%}
    {%- set found = run_query("show tables in " ~ relation.schema ~ " like '" ~ relation.identifier ~ "'").rows -%}
    {{ return(layout_of(relation) if found else none) }}
{%- endmacro %}

{#- What layout_of() says of a table that was made with some columns, divided by one of them. columns: list of columns_of().
    partition: name of the column that divides it into folders, or none. -#}
{% macro layout_for(columns, partition) -%}
    {{ return({'columns': stored_columns(partition_last(columns, partition)), 'partition': partition}) }}
{%- endmacro %}

{#- Leave no row in a table. Runs a query. relation: the table. -#}
{% macro empty_table(relation) -%}
    {%- do run_query(("delete from " if writes_transactions() else "truncate table ") ~ relation) -%}
{%- endmacro %}

{#- A query of a model's rows with the columns that its contract names, in the order and of the types that it gives.
    sql: query. -#}
{% macro rows_by_contract(sql) -%}
    {%- if not config.get('contract').enforced -%}{{ return(sql) }}{%- endif -%}
    select
        {%- for column in model.columns.values() %}
        cast({{ column.name }} as {{ spark_type(column.data_type) }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as rows_of_model
{%- endmacro %}

{#-
    A query of what the dates in scope hold after a build: the rows of a query, and those of the model's table that stay.
    Rows stay that are of a project whose date is not in scope, and with `keys` those without one of its keys.

    columns: list of columns_of(), of the table. sql: query of the rows in scope. in_scope: list of dates. stored: list of
    those of them that the table has.
-#}
{% macro rows_in_scope(columns, sql, in_scope, stored) -%}
    {%- set names = names_of(columns) -%}
    select {{ names | join(', ') }}
    from (
        {{ sql }}
    ) as new_rows
    where {{ partition_column() }} in ({{ date_literals(in_scope) }})
    {%- if stored %}
    union all
    select stored.{{ names | join(', stored.') }}
    from {{ this }} as stored
    left join {{ state_table('partition_scope') }} as scope
        on
            scope.model = '{{ model.name }}'
            and scope.is_current
            and stored.project_id = scope.project_id
            and stored.{{ partition_column() }} = scope.event_date
    {%- if config.get('keys') %}
    left join (select distinct {{ config.get('key_column') }} from {{ ref(config.get('keys')) }}) as replaced_keys
        on stored.{{ config.get('key_column') }} = replaced_keys.{{ config.get('key_column') }}
    {%- endif %}
    where
        stored.{{ partition_column() }} in ({{ date_literals(stored) }})
        and (
            scope.model is null
            {{- ' or replaced_keys.' ~ config.get('key_column') ~ ' is null' if config.get('keys') }}
        )
    {%- endif %}
{%- endmacro %}
