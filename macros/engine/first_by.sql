{#-
    Aggregate: the first value that is not null, in the order of a number.

    value, order_number: expressions.
-#}
{% macro first_by(value, order_number) -%}
    {{- return(adapter.dispatch('first_by', 'flarelane')(value, order_number)) -}}
{%- endmacro %}

{#- Aggregate: the last value that is not null, in the order of a number or time. value, order_number:
    expressions. -#}
{% macro last_by(value, order_number) -%}
    {{- return(adapter.dispatch('last_by', 'flarelane')(value, order_number)) -}}
{%- endmacro %}
