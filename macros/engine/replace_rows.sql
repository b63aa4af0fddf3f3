{#-
    A statement that makes a table without rows for a model: with the columns of its contract, else with those of its SQL.

    relation: the table. sql: query of the rows that it is going to hold.
-#}
{% macro create_empty_table(relation, sql) -%}
    {{- return(adapter.dispatch('create_empty_table', 'flarelane')(relation, sql)) -}}
{%- endmacro %}

{% macro default__create_empty_table(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
    create table {{ relation }} (
        {%- for column in model.columns.values() %}
        {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    {%- else -%}
    create table {{ relation }} as select * from (
        {{ sql }}
    ) as rows_of_model limit 0
    {%- endif -%}
{%- endmacro %}

{#- A statement that inserts the rows of a query into a table, by the names of their columns. relation: the table.
    sql: query. -#}
{% macro insert_rows(relation, sql) -%}
    {{- return(adapter.dispatch('insert_rows', 'flarelane')(relation, sql)) -}}
{%- endmacro %}

{% macro duckdb__insert_rows(relation, sql) -%}
    insert into {{ relation }} by name (
        {{ sql }}
    )
{%- endmacro %}

{#-
    Statements that put the rows of a query in the place of those of a table that are in the scope of the build.

    The scope is that of the model that is built: see partitioned. A query that reads the table itself is run first.
    relation: the table. sql: query.
-#}
{% macro replace_rows(relation, sql) -%}
    {{- return(adapter.dispatch('replace_rows', 'flarelane')(relation, sql)) -}}
{%- endmacro %}

{% macro duckdb__replace_rows(relation, sql) -%}
    {%- set staged = relation.identifier ~ '__new_rows' -%}
    {%- if reads_itself() -%}
    create or replace temporary table {{ staged }} as (
        {{ sql }}
    );
    {% endif -%}
    delete from {{ relation }} as stored
    {%- if not config.get('whole', false) %}
    using {{ state_table('partition_scope') }} as scope
    where
        scope.model = '{{ model.name }}'
        and scope.is_current
        and stored.project_id = scope.project_id
        and stored.{{ partition_column() }} = scope.event_date
        {%- if config.get('keys') %}
        and stored.{{ config.get('key_column') }} in (select {{ config.get('key_column') }} from {{ ref(config.get('keys')) }})
        {%- endif %}
    {%- endif %};
    {{ insert_rows(relation, 'select * from ' ~ staged if reads_itself() else sql) }}
    {%- if reads_itself() %};
    drop table {{ staged }}
    {%- endif %}
{%- endmacro %}
