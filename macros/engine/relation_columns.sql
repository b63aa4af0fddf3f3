{#-
    A select of relation_name and column_name: the columns that tables and views have.

    relations: list of relations that are built.
-#}
{% macro relation_columns(relations) -%}
    {{- return(adapter.dispatch('relation_columns', 'flarelane')(relations)) -}}
{%- endmacro %}
