{#- How many calendar dates after the one it begins on a message can reach. -#}
{% macro window_dates() -%}
    {{- return(var('message_window_days') + 1) -}}
{%- endmacro %}

{#- How long after its `created` an event still belongs to a message: an interval, from message_window_days. -#}
{% macro message_window() -%}
    interval '{{ var("message_window_days") * 24 }} hours'
{%- endmacro %}
