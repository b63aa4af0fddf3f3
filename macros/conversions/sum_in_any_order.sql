{#-
    Aggregate: a sum of doubles that is the same in whatever order they come, as a double; null without any.

    value: expression. Summed as decimals with 14 places; a sum of doubles differs in its last digits from build to build.
-#}
{% macro sum_in_any_order(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 14))) as double)
{%- endmacro %}
