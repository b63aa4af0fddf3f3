{#-
    Put the rows of a query in the place of those of a table, which need not be there. Runs queries.

    A table stays the same table while its columns do: a killed build then leaves no folder that stands in the way of a new
    one. relation: the table. sql: query. reads_itself: whether the query reads the table; its rows are then written to a
    table of their own first, which says that it is complete while the table itself is written: see finish_replacing().
-#}
{% macro replace_table(relation, sql, reads_itself=false) -%}
    {%- set rows = 'rows_of_' ~ relation.identifier -%}
    {%- do run_query("create or replace temporary view " ~ rows ~ " as " ~ sql) -%}
    {%- set columns = columns_of(rows) -%}
    {%- set staged = staged_for(relation) -%}
    {%- if reads_itself -%}
        {%- do create_table_of(staged, columns) -%}
        {%- do run_query("alter table " ~ staged ~ " unset tblproperties if exists ('flarelane.is_complete')") -%}
        {%- do run_query("insert overwrite " ~ staged ~ " select * from " ~ rows) -%}
        {%- do run_query("alter table " ~ staged ~ " set tblproperties ('flarelane.is_complete' = 'true')") -%}
    {%- endif -%}
    {%- do create_table_of(relation, columns) -%}
    {%- do run_query("insert overwrite " ~ relation ~ " select * from " ~ (staged if reads_itself else rows)) -%}
    {%- if reads_itself -%}{%- do empty_staged(staged) -%}{%- endif -%}
    {%- do run_query("drop view if exists " ~ rows) -%}
{%- endmacro %}

{#- The table of rows that are to stand in a table: a relation. relation: the table. -#}
{% macro staged_for(relation) -%}
    {{ return(api.Relation.create(schema=relation.schema, identifier=relation.identifier ~ '__new_rows')) }}
{%- endmacro %}

{#- Forget staged rows. Runs queries. staged: relation of staged_for(). -#}
{% macro empty_staged(staged) -%}
    {%- do run_query("alter table " ~ staged ~ " unset tblproperties if exists ('flarelane.is_complete')") -%}
    {%- do run_query("truncate table " ~ staged) -%}
{%- endmacro %}

{#-
    Write a table to the end if a build was killed while it replaced the rows: for what no build can compute again.
    Runs queries. relation: the table, of replace_table() with reads_itself.
-#}
{% macro finish_replacing(relation) -%}
    {%- set staged = staged_for(relation) -%}
    {%- if load_relation(staged) is none -%}{{ return('') }}{%- endif -%}
    {%- set found = run_query("show tblproperties " ~ staged ~ " ('flarelane.is_complete')").rows[0][1] -%}
    {%- if found == 'true' -%}
        {%- do replace_table(relation, "select * from " ~ staged) -%}
        {%- do empty_staged(staged) -%}
    {%- endif -%}
{%- endmacro %}

{#- The columns of a table or view with their types, in order: a list of texts. Runs a query. relation: of it. -#}
{% macro columns_of(relation) -%}
    {%- set columns = [] -%}
    {%- for row in run_query("describe table " ~ relation).rows -%}
        {%- do columns.append("`" ~ row[0] ~ "` " ~ row[1]) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{#- Make a table without rows, unless it is there with these columns. Runs queries. relation: the table. columns: list of
    columns_of(). -#}
{% macro create_table_of(relation, columns) -%}
    {%- set found = run_query("show tables in " ~ relation.schema ~ " like '" ~ relation.identifier ~ "'").rows -%}
    {%- if found and columns_of(relation) == columns -%}{{ return('') }}{%- endif -%}
    {%- if found -%}{%- do run_query("drop table " ~ relation) -%}{%- endif -%}
    {%- do run_query("create table " ~ relation ~ " (" ~ columns | join(", ") ~ ") using parquet") -%}
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
    A query of the rows of the model's table that stay as they are, and of those of another query: what the table holds
    after a build. Rows stay that are outside the scope of the build, and with `keys` those without one of its keys.

    sql: query of the rows in scope.
-#}
{% macro kept_and_new_rows(sql) -%}
    {%- set names = [] -%}
    {%- for column in columns_of(this) -%}{%- do names.append(column.split(' ')[0]) -%}{%- endfor -%}
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
        scope.model is null
        {{- ' or replaced_keys.' ~ config.get('key_column') ~ ' is null' if config.get('keys') }}
    union all
    select {{ names | join(', ') }}
    from (
        {{ sql }}
    ) as new_rows
{%- endmacro %}
