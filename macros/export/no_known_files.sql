{#- A query without rows in the shape of export_files: what the ledger knows before the first build. -#}
{% macro no_known_files() -%}
    select
        cast(null as varchar) as path,
        cast(null as bigint) as file_id,
        cast(null as varchar) as source_table,
        cast(null as varchar) as project_id,
        cast(null as date) as partition_date,
        cast(null as bigint) as size_bytes,
        cast(null as timestamp) as modified_at,
        cast(null as varchar[]) as unknown_columns,
        cast(null as varchar) as state,
        cast(null as varchar) as state_reason,
        cast(null as timestamp) as seen_at,
        cast(null as timestamp) as loaded_at,
        cast(null as varchar) as checked_with
    where false
{%- endmacro %}
