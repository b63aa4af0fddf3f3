{#- A text as Spark SQL. text: of any characters. -#}
{% macro spark_text(text) -%}
    {{- return("'" ~ spark__escape_single_quotes(text) ~ "'") -}}
{%- endmacro %}

{#- dbt-spark's own leaves a backslash as it is, which Spark takes for the beginning of an escape: rows of unit tests lost
    theirs. expression: text. -#}
{% macro spark__escape_single_quotes(expression) -%}
    {{- return(expression | replace('\\', '\\\\') | replace("'", "\\'")) -}}
{%- endmacro %}
