{#- Seconds from one timestamp to another as a double, fractions included; null where either is. start_at, end_at:
    expressions. -#}
{% macro seconds_between(start_at, end_at) -%}
    cast({{ microseconds_between(start_at, end_at) }} as double) / 1000000
{%- endmacro %}
