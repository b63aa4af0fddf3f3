{#- Between two queries: all rows of both, columns by their names; a column that the one lacks is null. On an engine without it
    both must have the same columns in the same order. -#}
{% macro union_by_name() -%}
    {{- return(adapter.dispatch('union_by_name', 'flarelane')()) -}}
{%- endmacro %}
