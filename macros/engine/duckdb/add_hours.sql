{% macro duckdb__add_hours(timestamp, hours) -%}
    ({{ timestamp }} + to_hours({{ hours }}))
{%- endmacro %}

{% macro duckdb__piece_of_time(timestamp, hours) -%}
    (epoch_us({{ timestamp }}) // ({{ hours }} * 3600000000))
{%- endmacro %}
