{#- Whether a folder exists. Runs a query. folder: path. -#}
{% macro folder_exists(folder) -%}
    {{- return(adapter.dispatch('folder_exists', 'flarelane')(folder)) -}}
{%- endmacro %}

{#- Whether the export has an object of this name. Runs a query. name: path below the export's root. -#}
{% macro is_in_export(name) -%}
    {{- return(adapter.dispatch('is_in_export', 'flarelane')(name)) -}}
{%- endmacro %}

{#- A query of the partition folders that the export has: folder. -#}
{% macro partition_folders() -%}
    {{- return(adapter.dispatch('partition_folders', 'flarelane')()) -}}
{%- endmacro %}

{#- Expression: the version of the check of files, which ends with what it depends on: see read_footers(). -#}
{% macro file_check_version() -%}
    {{- return(adapter.dispatch('file_check_version', 'flarelane')()) -}}
{%- endmacro %}
