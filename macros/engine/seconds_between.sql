{#- Microseconds from one timestamp to another as a bigint; null where either is. start_at, end_at: expressions. -#}
{% macro microseconds_between(start_at, end_at) -%}
    (epoch_us({{ end_at }}) - epoch_us({{ start_at }}))
{%- endmacro %}

{#- Seconds from one timestamp to another as a double, fractions included; null where either is. start_at, end_at:
    expressions. -#}
{% macro seconds_between(start_at, end_at) -%}
    {{ microseconds_between(start_at, end_at) }} / 1000000.0
{%- endmacro %}
