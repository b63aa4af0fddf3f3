{% macro duckdb__first_by(value, order_number) -%}
    arg_min({{ value }}, {{ order_number }})
{%- endmacro %}

{% macro duckdb__last_by(value, order_number) -%}
    arg_max({{ value }}, {{ order_number }})
{%- endmacro %}
