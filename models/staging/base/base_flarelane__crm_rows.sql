-- One row per source row of crm_events: cleaned, typed, and judged on its own. Of a row of
-- somebody on the forget list just its place in the export is kept.
{{ config(
    materialized='partitioned',
    partition_by='partition_date',
    pre_hook="{{ use_recipient_hash_key() }}",
    post_hook="{{ mark_files_loaded('crm_events') }}",
) }}
{{- preview_files_of('crm_events') }}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

files as (
    select files.*
    from {{ ref('export_files') }} as files
    semi join partitions
        on files.project_id = partitions.project_id and files.partition_date = partitions.event_date
    where files.source_table = 'crm_events'
),

forgotten_people as (
    {{ forgotten_people('files') | indent(4) }}
),

source_rows as (
    select
        {%- for column in crm_source_columns() if column.category != 'partition' %}
        {{ empty_to_null(column) }} as {{ column.column_name }},
        {%- endfor %}
        filename,
        file_row_number
    from {{ source('flarelane', 'crm_events') }}
),

timed_rows as (
    select
        source_rows.*,
        files.project_id,
        files.partition_date,
        {{ row_key('files.file_id', 'source_rows.file_row_number') }} as row_key,
        {{ rfc3339_to_utc('source_rows.time') }} as event_at,
        {{ recipient_hash('source_rows.recipient') }} as recipient_hash
    from source_rows
    inner join files on source_rows.filename = files.path
),

marked_rows as (
    select
        *,
        {{ is_forgotten('forgotten_people', {'user_id': 'userid', 'device_id': 'deviceid', 'recipient_hash': 'recipient_hash'}) | indent(8) }} as is_forgotten
    from timed_rows
),

judged_rows as (
    select
        *,
        case
            when is_forgotten then null
            when id is null then 'missing_id'
            when time is null then 'missing_time'
            when event_at is null then 'invalid_time'
            when
                type is null
                or type not in (
                    {%- for event in documented_event_types() %}
                    '{{ event.event_type }}'{{ ',' if not loop.last }}
                    {%- endfor %}
                )
                then 'unknown_type'
            when channel is null or channel <> split_part(type, '.', 1) then 'channel_mismatch'
            when cast(event_at as date) <> partition_date then 'partition_date_mismatch'
            when campaign_id is null then 'missing_campaign_id'
            when coalesce(deviceid, userid, recipient) is null then 'missing_recipient'
        end as rejection_reason
    from marked_rows
)

select
    ---------- event
    {%- for column in crm_source_columns() if column.category != 'partition' %}
    {%- if column.column_name == 'time' %}
    {{ unless_forgotten('event_at') }} as event_at,
    {%- elif column.column_name == 'recipient' %}
    {{ unless_forgotten('recipient_hash') }} as recipient_hash,
    {%- if var('expose_recipients') %}
    {{ unless_forgotten('recipient') }} as recipient,
    {%- endif %}
    {%- else %}
    {{ unless_forgotten(column.column_name) }} as {{ column.model_column }},
    {%- endif %}
    {%- endfor %}

    ---------- place in the export
    project_id,
    partition_date,
    row_key,
    {{ unless_forgotten(hash_number(['project_id', 'id'])) }} as event_hash,

    ---------- judgement
    is_forgotten,
    rejection_reason,
    case when rejection_reason is not null then time end as source_time
from judged_rows
