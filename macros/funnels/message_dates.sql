{#-
    How far a change reaches to message dates, as the config `reach` has it: a message reaches as far as the window, and
    its date in reporting_timezone can be a day off the UTC date of its events.
-#}
{% macro message_date_reach() -%}
    {{- return([window_dates() + 1, window_dates() + 1]) -}}
{%- endmacro %}

{#- The same for a model by week, whose partitions are Mondays: so that the Monday of each such date is in scope. -#}
{% macro week_reach() -%}
    {%- set reach = message_date_reach() -%}
    {{- return([reach[0] + 6, reach[1]]) -}}
{%- endmacro %}
