{#- How many calendar dates after the one it begins on a message can reach. -#}
{% macro window_dates() -%}
    {{- return(var('message_window_days') + 1) -}}
{%- endmacro %}
