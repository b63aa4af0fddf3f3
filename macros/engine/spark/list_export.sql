{#- What find_export() has listed at the start of this run. -#}
{% macro spark__list_export(table_name) -%}
    select
        path,
        size_bytes,
        modified_at,
        problem,
        '{{ table_name }}' as source_table
    from {{ state_table(table_name ~ '_listing') }}
{%- endmacro %}

{#- Into a table: Spark would list anew for each place where a query reads a view. -#}
{% macro spark__list_export_now(table_name, function) -%}
    {%- do open_export() -%}
    {%- do create_state_schema() -%}
    {%- set listing = state_table(table_name ~ '_listing') -%}
    {%- do export_view('objects_of_export', {
        'view': 'files', 'root': export_root(), 'table': table_name, 'projects': var('project_ids') | map('string') | list,
    }) -%}
    {%- do replace_table(
        listing,
        "select path, uri, size_bytes, timestamp_micros(modified_us) as modified_at, problem from objects_of_export"
    ) -%}
{%- endmacro %}
