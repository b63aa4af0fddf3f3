{#- A query without rows in the shape of export_files: what the ledger knows before the first build. The column that divides it
    is the last, as in a table of Spark. -#}
{% macro no_known_files() -%}
    select
        cast(null as string) as path,
        cast(null as bigint) as file_id,
        cast(null as string) as project_id,
        cast(null as date) as partition_date,
        cast(null as bigint) as size_bytes,
        cast(null as timestamp) as modified_at,
        cast(null as bigint) as source_rows,
        cast(null as {{ type_of_texts() }}) as unknown_columns,
        cast(null as string) as state,
        cast(null as string) as state_reason,
        cast(null as timestamp) as seen_at,
        cast(null as timestamp) as loaded_at,
        cast(null as string) as checked_with,
        cast(null as string) as source_table
    where false
{%- endmacro %}
