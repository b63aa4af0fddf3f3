{% macro duckdb__time_in_zone(timestamp_utc, zone) -%}
    timezone('{{ zone }}', timezone('UTC', {{ timestamp_utc }}))
{%- endmacro %}

{% macro duckdb__weekday_number(date) -%}
    cast(extract(isodow from {{ date }}) as integer)
{%- endmacro %}

{% macro duckdb__dates_between(first, last) -%}
    cast(unnest(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 day')) as date)
{%- endmacro %}

{% macro duckdb__days_between(first, last) -%}
    ({{ last }}) - ({{ first }})
{%- endmacro %}
