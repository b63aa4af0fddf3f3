{#-
    Put behind `select`: a relation that it reads has few rows, so a join takes all of them to the other side's rows.

    relation: its name in the query.
-#}
{% macro few_rows(relation) -%}
    {{- return(adapter.dispatch('few_rows', 'flarelane')(relation)) -}}
{%- endmacro %}
