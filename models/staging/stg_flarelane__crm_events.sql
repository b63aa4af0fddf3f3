-- One row per accepted event, all channels.
with

valid_rows as (
    select *
    from {{ ref('base_flarelane__crm_rows') }}
    where rejection_reason is null and not is_forgotten
),

duplicate_rows as (
    select * from {{ ref('base_flarelane__duplicate_crm_rows') }}
),

accepted_rows as (
    select valid_rows.*
    from valid_rows
    anti join duplicate_rows on valid_rows.row_key = duplicate_rows.row_key
)

select
    ---------- event
    row_key,
    event_id,
    event_type,
    channel,
    {{ event_stage('event_type') }} as event_stage,
    event_at,
    partition_date as event_date,

    ---------- who and where
    project_id,
    device_id,
    user_id,

    ---------- message
    {%- for column in crm_source_columns() if column.category in ('shared', 'channel') %}
    {%- if column.column_name == 'recipient' and var('expose_recipients') %}
    recipient,
    {%- endif %}
    {{ column.model_column }}{{ ',' if not loop.last }}
    {%- endfor %}
from accepted_rows
