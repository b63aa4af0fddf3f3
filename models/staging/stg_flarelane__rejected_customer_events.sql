-- One row per rejected source row of customer_events, as it came, with the reason and the file.
with

rejected_rows as (
    select *
    from {{ ref('base_flarelane__customer_rows') }}
    where rejection_reason is not null
),

files as (
    select * from {{ ref('export_files') }}
)

select
    ---------- why and where
    rejected_rows.rejection_reason,
    files.path as source_file,
    {{ row_number_of('rejected_rows.row_key') }} as source_row_number,
    rejected_rows.project_id as projectid,
    rejected_rows.partition_date as date,

    ---------- the row, under the source's names
    {%- for column in customer_source_columns() if column.category != 'partition' %}
    {%- if column.column_name in ('time', 'data') %}
    rejected_rows.source_{{ column.column_name }} as {{ column.column_name }}
    {%- else %}
    rejected_rows.{{ column.model_column }} as {{ column.column_name }}
    {%- endif %}
    {{- ',' if not loop.last }}
    {%- endfor %}
from rejected_rows
inner join files on {{ file_id_of('rejected_rows.row_key') }} = files.file_id
