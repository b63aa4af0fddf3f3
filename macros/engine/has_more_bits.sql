{#- Whether a number has a bit that another lacks. number, other: expressions of integers. -#}
{% macro has_more_bits(number, other) -%}
    ({{ number }} & ~{{ other }}) <> 0
{%- endmacro %}
