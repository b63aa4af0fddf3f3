{#-
    The date that a UTC timestamp falls on in reporting_timezone.

    timestamp_utc: expression of a timestamp in UTC.
-#}
{% macro reporting_date(timestamp_utc) -%}
    {%- if var('reporting_timezone') == 'UTC' -%}
        cast({{ timestamp_utc }} as date)
    {%- else -%}
        cast(
            timezone('{{ var("reporting_timezone") }}', timezone('UTC', {{ timestamp_utc }})) as date
        )
    {%- endif -%}
{%- endmacro %}
