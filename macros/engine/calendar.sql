{#-
    What the clock shows in a time zone at a UTC timestamp, as a timestamp.

    timestamp_utc: expression of a timestamp in UTC. zone: the zone's IANA name.
-#}
{% macro time_in_zone(timestamp_utc, zone) -%}
    {{- return(adapter.dispatch('time_in_zone', 'flarelane')(timestamp_utc, zone)) -}}
{%- endmacro %}

{#- The day of the week as a number, 1 for Monday to 7 for Sunday. date: expression of a date. -#}
{% macro weekday_number(date) -%}
    {{- return(adapter.dispatch('weekday_number', 'flarelane')(date)) -}}
{%- endmacro %}

{#- Select item: a row for each date from one to another, both included. first, last: expressions of dates. -#}
{% macro dates_between(first, last) -%}
    {{- return(adapter.dispatch('dates_between', 'flarelane')(first, last)) -}}
{%- endmacro %}

{#- How many days one date lies before another: a whole number, or null without either. first, last: expressions of dates. -#}
{% macro days_between(first, last) -%}
    {{- return(adapter.dispatch('days_between', 'flarelane')(first, last)) -}}
{%- endmacro %}
