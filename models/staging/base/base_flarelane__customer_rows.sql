-- One row per source row of customer_events: cleaned and typed.
{{ config(
    materialized='partitioned',
    upstream='customer_events',
    date_column='partition_date',
    post_hook="{{ mark_files_loaded('customer_events') }}",
) }}
{{- preview_files_of('customer_events') }}

with

files as (
    select * from {{ ref('export_files') }}
),

source_rows as (
    select
        {%- for column in customer_source_columns() if column.category != 'partition' %}
        {{ empty_to_null(column) }} as {{ column.column_name }},
        {%- endfor %}
        filename,
        file_row_number
    from {{ source('flarelane', 'customer_events') }}
)

select
    ---------- event
    {%- for column in customer_source_columns() if column.category != 'partition' %}
    {%- if column.column_name == 'time' %}
    {{ rfc3339_to_utc('source_rows.time') }} as event_at,
    {%- elif column.column_name == 'data' %}
    {{ parsed_json('source_rows.data') }} as data,
    {%- else %}
    source_rows.{{ column.column_name }} as {{ column.model_column }},
    {%- endif %}
    {%- endfor %}

    ---------- what typing left out
    source_rows.time is not null and {{ rfc3339_to_utc('source_rows.time') }} is null
        as is_time_invalid,
    source_rows.data is not null and {{ parsed_json('source_rows.data') }} is null
        as is_data_unparsable,

    ---------- place in the export
    files.project_id,
    files.partition_date,
    {{ row_key('files.file_id', 'source_rows.file_row_number') }} as row_key,
    {{ hash_number(['files.project_id', 'source_rows.id']) }} as event_hash
from source_rows
inner join files on source_rows.filename = files.path
