{% macro duckdb__union_by_name() -%}
    union all by name
{%- endmacro %}
