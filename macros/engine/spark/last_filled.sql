{% macro spark__last_filled(value, window) -%}
    last_value({{ value }}) ignore nulls over {{ window }}
{%- endmacro %}
