{% macro duckdb__hash_number(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}
