{#- dbt-spark's own leaves a backslash as it is, which Spark takes for the beginning of an escape: rows of unit tests lost
    theirs. expression: text. -#}
{% macro spark__escape_single_quotes(expression) -%}
    {{- return(expression | replace('\\', '\\\\') | replace("'", "\\'")) -}}
{%- endmacro %}
