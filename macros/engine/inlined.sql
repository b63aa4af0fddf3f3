{#-
    Put between `as` and the bracket of a CTE that several others read: each use gets its own copy of the query.

    DuckDB materializes a CTE that is referenced twice, which costs more than reading a table again unless rows are few.
-#}
{% macro inlined() -%}
    {{- return(adapter.dispatch('inlined', 'flarelane')()) -}}
{%- endmacro %}
