{#- A timestamp some hours later. timestamp: expression. hours: expression of a whole number, below 0 for earlier. -#}
{% macro add_hours(timestamp, hours) -%}
    ({{ timestamp }} + to_hours({{ hours }}))
{%- endmacro %}

{#- Which of the pieces of time, each some hours long, a timestamp lies in: a whole number that grows with time.
    timestamp: expression. hours: expression of a whole number above 0. -#}
{% macro piece_of_time(timestamp, hours) -%}
    (epoch_us({{ timestamp }}) // ({{ hours }} * 3600000000))
{%- endmacro %}
