{% macro duckdb__decoded_or_null(name) -%}
    nullif(try(url_decode({{ name }})), '')
{%- endmacro %}
