{% macro spark__add_hours(timestamp, hours) -%}
    ({{ timestamp }} + make_dt_interval(0, {{ hours }}))
{%- endmacro %}

{% macro spark__piece_of_time(timestamp, hours) -%}
    (unix_micros({{ timestamp }}) div ({{ hours }} * 3600000000))
{%- endmacro %}
