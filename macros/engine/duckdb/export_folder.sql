{% macro duckdb__folder_exists(folder) -%}
    {{- return(run_query("select folder_exists(" ~ text_literal(folder) ~ ")").rows[0][0]) -}}
{%- endmacro %}

{% macro duckdb__is_in_export(name) -%}
    {%- do open_export() -%}
    {{- return(run_query(
        "select count(*) > 0 from glob(" ~ path_pattern(text_literal(export_root() ~ "/" ~ name)) ~ ")"
    ).rows[0][0]) -}}
{%- endmacro %}

{% macro duckdb__partition_folders() -%}
    select {{ each_of(texts_in_json("partition_folders(" ~ text_literal(export_root()) ~ ")")) }} as folder
{%- endmacro %}

{% macro duckdb__file_check_version() -%}
    getvariable('file_check_version')
{%- endmacro %}
