{% macro spark__time_in_zone(timestamp_utc, zone) -%}
    from_utc_timestamp({{ timestamp_utc }}, '{{ zone }}')
{%- endmacro %}

{% macro spark__weekday_number(date) -%}
    (weekday({{ date }}) + 1)
{%- endmacro %}

{% macro spark__dates_within(date, before, after) -%}
    explode(sequence({{ date }} - {{ before }}, {{ date }} + {{ after }}))
{%- endmacro %}
