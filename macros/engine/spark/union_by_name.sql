{% macro spark__union_by_name() -%}
    union all
{%- endmacro %}
