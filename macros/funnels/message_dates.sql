{#-
    How far a change reaches to message dates, as the config `reach` has it: a message reaches as far as the window, and
    its date in reporting_timezone can be a day off the UTC date of its events.
-#}
{% macro message_date_reach() -%}
    {{- return([window_dates() + 1, window_dates() + 1]) -}}
{%- endmacro %}
