{#-
    dbt's source(). An engine may have the rows of the export and of the forget list under a name of its own.
-#}
{% macro source() -%}
    {%- set relation = builtins.source(*varargs, **kwargs) -%}
    {{- return(adapter.dispatch('rows_of_source', 'flarelane')(relation, varargs[0])) -}}
{%- endmacro %}
