{#- A timestamp some hours later. timestamp: expression. hours: expression of a whole number, below 0 for earlier. -#}
{% macro add_hours(timestamp, hours) -%}
    ({{ timestamp }} + to_hours({{ hours }}))
{%- endmacro %}

{#- A row for each whole number from one to another, both included; none where last is below first. Stands in a select.
    first, last: expressions. -#}
{% macro each_number(first, last) -%}
    unnest(range({{ first }}, {{ last }} + 1))
{%- endmacro %}
