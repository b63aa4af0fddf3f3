{#-
    A statement that makes a table without rows for a model: with the columns of its contract, else with those of its SQL.

    relation: the table. sql: query of the rows that it is going to hold.
-#}
{% macro create_empty_table(relation, sql) -%}
    {{- return(adapter.dispatch('create_empty_table', 'flarelane')(relation, sql)) -}}
{%- endmacro %}

{#- A statement that inserts the rows of a query into a table, by the names of their columns. relation: the table.
    sql: query. -#}
{% macro insert_rows(relation, sql) -%}
    {{- return(adapter.dispatch('insert_rows', 'flarelane')(relation, sql)) -}}
{%- endmacro %}

{#-
    Statements that put the rows of a query in the place of those of a table that are in the scope of the build.

    The scope is that of the model that is built: see partitioned. A query that reads the table itself is run first.
    relation: the table. sql: query.
-#}
{% macro replace_rows(relation, sql) -%}
    {{- return(adapter.dispatch('replace_rows', 'flarelane')(relation, sql)) -}}
{%- endmacro %}
