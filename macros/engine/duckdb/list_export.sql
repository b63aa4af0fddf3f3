{#- The export is listed before the query runs, by the function list_export of plugins/flarelane_connection.py, so that a
    build stops with a message that says what is wrong: in S3 two requests per thousand objects, and what is not Parquet has
    no size. -#}
{% macro duckdb__list_export(table_name) -%}
    {%- set is_building = flags.WHICH in ('build', 'run', 'show') and model.resource_type == 'model' -%}
    {%- if execute and (is_building or flags.WHICH == 'freshness') -%}
        {%- do list_export_now(table_name, 'list_export') -%}
    {%- endif -%}
    select
        path,
        size_bytes,
        modified_at,
        problem,
        '{{ table_name }}' as source_table
    from read_parquet(getvariable('{{ table_name }}_listing'))
{%- endmacro %}

{% macro duckdb__list_export_now(table_name, function) -%}
    {%- set projects = [] -%}
    {%- for project in var('project_ids') -%}
        {%- do projects.append(text_literal(project)) -%}
    {%- endfor -%}
    {%- do open_export() -%}
    {%- do stop_on_store_error(
        function ~ "(" ~ text_literal(export_root()) ~ ", '" ~ table_name ~ "', [" ~ projects | join(", ") ~ "]::varchar[])"
    ) -%}
{%- endmacro %}
