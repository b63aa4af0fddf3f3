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

{#- Select item: a row for each date from some days before a date to some days after it. date: expression. before, after:
    numbers of days. -#}
{% macro dates_within(date, before, after) -%}
    {{- return(adapter.dispatch('dates_within', 'flarelane')(date, before, after)) -}}
{%- endmacro %}
