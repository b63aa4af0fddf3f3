-- One row per table and column that files of the export have and the documentation does not know.
{{ config(materialized='stable_view') }}

with

file_columns as (
    select
        source_table,
        path,
        {{ each_of('unknown_columns') }} as column_name
    from {{ ref('export_files') }}
    where state in ('pending', 'loaded')
)

select
    source_table,
    column_name,
    count(*) as files,
    min(path) as first_file
from file_columns
group by source_table, column_name
