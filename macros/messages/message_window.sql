{#- How many calendar dates after the one it begins on a message can reach: message_window_days, or 0 where
    that is no number: dbt asks while it parses, before check_settings() stops the run. -#}
{% macro window_dates() -%}
    {{- return(var('message_window_days') | int) -}}
{%- endmacro %}

{#- How long after its `created` an event still belongs to a message: an interval, from message_window_days. -#}
{% macro message_window() -%}
    interval '{{ window_dates() * 24 }} hours'
{%- endmacro %}
