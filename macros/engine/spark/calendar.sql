{% macro spark__time_in_zone(timestamp_utc, zone) -%}
    from_utc_timestamp({{ timestamp_utc }}, '{{ zone }}')
{%- endmacro %}

{% macro spark__weekday_number(date) -%}
    (weekday({{ date }}) + 1)
{%- endmacro %}

{% macro spark__dates_between(first, last) -%}
    explode(sequence({{ first }}, {{ last }}))
{%- endmacro %}

{% macro spark__days_between(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}
