{#- A statement that marks a table's files as loaded where their partition was loaded as it is now. Runs in the
    transaction that loads them.
    source_table: name of the source's table. -#}
{% macro mark_files_loaded(source_table) -%}
    {{- return(adapter.dispatch('mark_files_loaded', 'flarelane')(source_table)) -}}
{%- endmacro %}
