{% macro duckdb__inlined() -%}
    not materialized
{%- endmacro %}
