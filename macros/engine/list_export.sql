{#-
    A query with one row per object below a table of the export: path, size_bytes, modified_at (UTC).

    table_name: crm_events or customer_events. Lists only; opens no file. On S3 one request per thousand objects.
-#}
{% macro list_export(table_name) -%}
    {#- Characters of the root that a pattern would take for its own stand for themselves in brackets. -#}
    {%- set root = export_root() | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') -%}
    select
        filename as path,
        size as size_bytes,
        last_modified::timestamp as modified_at,
        '{{ table_name }}' as source_table
    from read_blob('{{ root }}/{{ table_name }}/**')
{%- endmacro %}
