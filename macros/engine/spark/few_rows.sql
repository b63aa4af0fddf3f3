{#- Spark takes what it does not know the size of for large, and shuffles both sides. -#}
{% macro spark__few_rows(relation) -%}
    {{- return("/*+ broadcast(" ~ relation ~ ") */") -}}
{%- endmacro %}
