{#-
    A query with one row per object below a table of the export: path, size_bytes, modified_at (UTC).

    table_name: crm_events or customer_events. Lists only; opens no file. S3 is listed before the query runs, by the
    function list_export of plugins/flarelane_connection.py, so that a build stops with a message that says what is
    wrong: two requests per thousand objects. What is not Parquet has no size there. With project_ids just their
    folders are listed.
-#}
{% macro list_export(table_name) -%}
    {#- Characters of the root that a pattern would take for its own stand for themselves in brackets. -#}
    {%- set root = export_root() | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') -%}
    {%- set folders = [] -%}
    {%- for project in (var('project_ids') if names_are_plain(var('project_ids')) else []) -%}
        {%- do folders.append("'" ~ root ~ "/" ~ table_name ~ "/projectid=" ~ project ~ "/**'") -%}
    {%- endfor -%}
    {%- set patterns = "[" ~ (folders | join(", ") or "'" ~ root ~ "/" ~ table_name ~ "/**'") ~ "]" -%}
    {%- if '://' in root -%}
    {%- set is_building = flags.WHICH in ('build', 'run', 'retry', 'show') and model.resource_type == 'model' -%}
    {%- if execute and (is_building or flags.WHICH == 'freshness') -%}
        {%- do open_export() -%}
        {%- do stop_on_store_error(
            "list_export('" ~ export_root() ~ "', " ~ patterns ~ ", '" ~ table_name ~ "')"
        ) -%}
    {%- endif -%}
    select
        path,
        size_bytes,
        modified_at,
        '{{ table_name }}' as source_table
    from read_parquet(getvariable('{{ table_name }}_listing'))
    {%- else -%}
    select
        filename as path,
        size as size_bytes,
        last_modified::timestamp as modified_at,
        '{{ table_name }}' as source_table
    from read_blob({{ patterns }})
    {%- endif -%}
{%- endmacro %}

{#- Whether ids stand in a path as they are, without an escape. names: list. -#}
{% macro names_are_plain(names) -%}
    {%- for name in names if modules.re.fullmatch('[A-Za-z0-9_.-]+', name | string) is none -%}
        {{ return(false) }}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}
