{#-
    True where a text matches a regular expression, null for null.

    column: expression of the text. pattern: anchored with ^ and $, as the seeds write it.
-#}
{% macro matches_pattern(column, pattern) -%}
    {{- return(adapter.dispatch('matches_pattern', 'flarelane')(column, pattern)) -}}
{%- endmacro %}
