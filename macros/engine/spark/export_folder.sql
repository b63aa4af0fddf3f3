{% macro spark__folder_exists(folder) -%}
    {%- do export_view('place_in_export', {'view': 'place', 'root': folder}) -%}
    {{- return(run_query("select is_folder from place_in_export").rows[0][0]) -}}
{%- endmacro %}

{% macro spark__is_in_export(name) -%}
    {%- do export_view('place_in_export', {'view': 'place', 'root': export_root() ~ '/' ~ name}) -%}
    {{- return(run_query("select is_file from place_in_export").rows[0][0]) -}}
{%- endmacro %}

{% macro spark__partition_folders() -%}
    {%- do export_view('folders_of_export', {'view': 'folders', 'root': export_root()}) -%}
    select folder from folders_of_export
{%- endmacro %}

{% macro spark__file_check_version() -%}
    'Spark 4'
{%- endmacro %}
