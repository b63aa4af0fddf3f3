{% macro spark__first_by(value, order_number) -%}
    min_by({{ value }}, case when {{ value }} is not null then {{ order_number }} end)
{%- endmacro %}

{% macro spark__last_by(value, order_number) -%}
    max_by({{ value }}, case when {{ value }} is not null then {{ order_number }} end)
{%- endmacro %}
