{#- Whether the warehouse is a file, which can be copied for readers and rewritten. -#}
{% macro warehouse_is_a_file() -%}
    {{- return(adapter.dispatch('warehouse_is_a_file', 'flarelane')()) -}}
{%- endmacro %}

{#- Statements that copy the warehouse. path: of the copy, which takes the place of an older one. -#}
{% macro copy_warehouse(path) -%}
    {{- return(adapter.dispatch('copy_warehouse', 'flarelane')(path)) -}}
{%- endmacro %}

{#- Statements that copy models, each as a table, in the schemas that they have. nodes: of the graph. path: as above. -#}
{% macro copy_models(nodes, path) -%}
    {{- return(adapter.dispatch('copy_models', 'flarelane')(nodes, path)) -}}
{%- endmacro %}

{#- Statements that copy the warehouse's tables into a new file, record there for which list of people to forget that was
    done, and put it in the place of the old one. -#}
{% macro rewrite_warehouse_file() -%}
    {{- return(adapter.dispatch('rewrite_warehouse_file', 'flarelane')()) -}}
{%- endmacro %}
