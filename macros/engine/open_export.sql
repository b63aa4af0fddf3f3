{#-
    Make an export in S3 readable for this connection; nothing to do for a folder. Runs queries.
-#}
{% macro open_export() -%}
    {{- return(adapter.dispatch('open_export', 'flarelane')()) -}}
{%- endmacro %}
