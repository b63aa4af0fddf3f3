{% macro spark__warehouse_is_a_file() -%}
    {{- return(false) -}}
{%- endmacro %}
