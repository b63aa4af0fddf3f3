{#- How many calendar dates after the one it begins on a message can reach. -#}
{% macro window_dates() -%}
    {{- return(message_window_days() + 1) -}}
{%- endmacro %}

{#- The variable message_window_days as a number, also where it is none: dbt asks while it parses, before check_settings(). -#}
{% macro message_window_days() -%}
    {{- return(var('message_window_days') | int) -}}
{%- endmacro %}

{#- How long after its `created` an event still belongs to a message: an interval, from message_window_days. -#}
{% macro message_window() -%}
    interval '{{ message_window_days() * 24 }} hours'
{%- endmacro %}
