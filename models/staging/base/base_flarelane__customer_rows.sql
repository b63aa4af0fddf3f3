-- One row per source row of customer_events: cleaned, typed, and judged on its own. Of a row of
-- somebody on the forget list just its place in the export is kept.
{{ config(
    materialized='partitioned',
    partition_by='partition_date',
    post_hook="{{ mark_files_loaded('customer_events') }}",
) }}
{{- preview_files_of('customer_events') }}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

files as (
    select files.*
    from {{ ref('export_files') }} as files
    semi join partitions
        on files.project_id = partitions.project_id and files.partition_date = partitions.event_date
    where files.source_table = 'customer_events'
),

forgotten_people as (
    {{ forgotten_people('files') | indent(4) }}
),

source_rows as (
    select
        {%- for column in customer_source_columns() if column.category != 'partition' %}
        {{ empty_to_null(column) }} as {{ column.column_name }},
        {%- endfor %}
        filename,
        file_row_number
    from {{ source('flarelane', 'customer_events') }}
),

timed_rows as (
    select
        source_rows.*,
        files.project_id,
        files.partition_date,
        {{ row_key('files.file_id', 'source_rows.file_row_number') }} as row_key,
        {{ rfc3339_to_utc('source_rows.time') }} as event_at
    from source_rows
    inner join files on source_rows.filename = files.path
),

marked_rows as (
    select
        *,
        {{ is_forgotten('forgotten_people', {'user_id': 'userid', 'device_id': 'deviceid'}) | indent(8) }} as is_forgotten
    from timed_rows
),

judged_rows as (
    select
        *,
        {{ parsed_json('data') }} as parsed_data,
        case
            when is_forgotten then null
            when id is null then 'missing_id'
            when time is null then 'missing_time'
            when event_at is null then 'invalid_time'
            when type is null then 'missing_type'
            when cast(event_at as date) <> partition_date then 'partition_date_mismatch'
            when coalesce(userid, deviceid) is null then 'missing_person'
        end as rejection_reason
    from marked_rows
)

select
    ---------- event
    {%- for column in customer_source_columns() if column.category != 'partition' %}
    {%- if column.column_name == 'time' %}
    {{ unless_forgotten('event_at') }} as event_at,
    {%- elif column.column_name == 'data' %}
    {{ unless_forgotten('parsed_data') }} as data,
    {%- else %}
    {{ unless_forgotten(column.column_name) }} as {{ column.model_column }},
    {%- endif %}
    {%- endfor %}
    {{ unless_forgotten('data is not null and parsed_data is null') }} as is_data_unparsable,

    ---------- place in the export
    project_id,
    partition_date,
    row_key,
    {{ unless_forgotten(hash_number(['project_id', 'id'])) }} as event_hash,

    ---------- judgement
    is_forgotten,
    rejection_reason,
    case when rejection_reason is not null then time end as source_time,
    case when rejection_reason is not null then data end as source_data
from judged_rows
