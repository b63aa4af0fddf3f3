{% macro duckdb__now_utc() -%}
    now()::timestamptz at time zone 'UTC'
{%- endmacro %}
