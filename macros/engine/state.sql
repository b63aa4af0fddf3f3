{#- Statements that make the tables of the state, unless they are there. -#}
{% macro create_state_tables() -%}
    {{- return(adapter.dispatch('create_state_tables', 'flarelane')()) -}}
{%- endmacro %}

{#-
    Statements that put the rows of a query in the place of a model's rows in a table of the state.

    table: name of the table. model_name: text. query: of the table's columns in their order, of which the first is the
    model's name; none to leave no row. has_rows: whether it is known that the query has some.
-#}
{% macro replace_state(table, model_name, query=none, has_rows=false) -%}
    {{- return(adapter.dispatch('replace_state', 'flarelane')(table, model_name, query, has_rows)) -}}
{%- endmacro %}

{#- Keep partitions_in_scope() to one batch of the model that is built, or, with none, to all: a statement.
    batch: number. -#}
{% macro use_batch(batch) -%}
    {{- return(adapter.dispatch('use_batch', 'flarelane')(batch)) -}}
{%- endmacro %}

{#-
    Statements that record what the partitions of the current batch were built from.

    A model whose rows in a partition can change because of another partition has a config output_key: the column that
    identifies its rows. Its output_fingerprint then covers these rows too, so that models downstream see the change.
    is_whole: whether nothing of what was recorded before stays; not told where the record was taken away before.
    has_rows: whether it is known that some of these partitions are still there.
-#}
{% macro record_partitions(is_whole=false, has_rows=false) -%}
    {{- return(adapter.dispatch('record_partitions', 'flarelane')(is_whole, has_rows)) -}}
{%- endmacro %}

{#- Statements that make the tables that previous_rows() reads, without rows, unless they are there. -#}
{% macro create_previous_tables() -%}
    {{- return(adapter.dispatch('create_previous_tables', 'flarelane')()) -}}
{%- endmacro %}
