-- One row per rejected source row, as it came, with the reason and the file.
with

rejected_rows as (
    select *
    from {{ ref('base_flarelane__crm_rows') }}
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
    {%- for column in crm_source_columns() if column.category != 'partition' %}
    {%- if column.column_name == 'recipient' %}
    rejected_rows.recipient_hash,
    {%- if var('expose_recipients') %}
    rejected_rows.recipient,
    {%- endif %}
    {%- elif column.column_name == 'time' %}
    rejected_rows.source_time as time,
    {%- else %}
    rejected_rows.{{ column.model_column }} as {{ column.column_name }}{{ ',' if not loop.last }}
    {%- endif %}
    {%- endfor %}
from rejected_rows
inner join files on {{ file_id_of('rejected_rows.row_key') }} = files.file_id
