{% macro duckdb__time_in_zone(timestamp_utc, zone) -%}
    timezone('{{ zone }}', timezone('UTC', {{ timestamp_utc }}))
{%- endmacro %}

{% macro duckdb__weekday_number(date) -%}
    cast(extract(isodow from {{ date }}) as integer)
{%- endmacro %}

{% macro duckdb__dates_within(date, before, after) -%}
    cast(unnest(generate_series(
        {{ date }} - interval '{{ before }} days', {{ date }} + interval '{{ after }} days', interval '1 day'
    )) as date)
{%- endmacro %}
