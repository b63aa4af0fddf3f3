{#-
    What the clock shows in reporting_timezone at a UTC timestamp, as a timestamp.

    timestamp_utc: expression of a timestamp in UTC.
-#}
{% macro reporting_time(timestamp_utc) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        {{ timestamp_utc }}
    {%- else -%}
        {{ time_in_zone(timestamp_utc, var('reporting_timezone')) }}
    {%- endif -%}
{%- endmacro %}

{#- The date that a UTC timestamp falls on in reporting_timezone. timestamp_utc: expression of a timestamp in UTC. -#}
{% macro reporting_date(timestamp_utc) -%}
    cast({{ reporting_time(timestamp_utc) }} as date)
{%- endmacro %}

{#- The hour of the day, 0 to 23, that a UTC timestamp falls in in reporting_timezone. timestamp_utc: expression of a
    timestamp in UTC. -#}
{% macro reporting_hour(timestamp_utc) -%}
    cast(extract(hour from {{ reporting_time(timestamp_utc) }}) as integer)
{%- endmacro %}

{#- The Monday of a date's week. date: expression of a date. -#}
{% macro week_start(date) -%}
    cast(date_trunc('week', {{ date }}) as date)
{%- endmacro %}
