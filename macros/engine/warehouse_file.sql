{#- Whether the warehouse is a file, which can be copied for readers. -#}
{% macro warehouse_is_a_file() -%}
    {{- return(adapter.dispatch('warehouse_is_a_file', 'flarelane')()) -}}
{%- endmacro %}

{#- Whether rows that were deleted stay in the warehouse's files until it is rewritten. -#}
{% macro keeps_deleted_rows() -%}
    {{- return(adapter.dispatch('keeps_deleted_rows', 'flarelane')()) -}}
{%- endmacro %}

{#- Statements that copy the warehouse. path: of the copy, which takes the place of an older one. -#}
{% macro copy_warehouse(path) -%}
    {{- return(adapter.dispatch('copy_warehouse', 'flarelane')(path)) -}}
{%- endmacro %}

{#- Statements that copy models, each as a table, in the schemas that they have. nodes: of the graph. path: as above. -#}
{% macro copy_models(nodes, path) -%}
    {{- return(adapter.dispatch('copy_models', 'flarelane')(nodes, path)) -}}
{%- endmacro %}

{#- Statements that rewrite the warehouse, so that its files hold no row that was deleted, and record for which list of people
    to forget that was done. -#}
{% macro rewrite_warehouse_file() -%}
    {{- return(adapter.dispatch('rewrite_warehouse_file', 'flarelane')()) -}}
{%- endmacro %}
