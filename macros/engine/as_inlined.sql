{#- `as`, after the name of a CTE: each use gets its own copy. DuckDB would write out a CTE that is used twice. -#}
{% macro as_inlined() -%}
    as not materialized
{%- endmacro %}
