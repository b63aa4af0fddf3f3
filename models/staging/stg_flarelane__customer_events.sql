-- One row per accepted customer event.
with

valid_rows as (
    select *
    from {{ ref('base_flarelane__customer_rows') }}
    where rejection_reason is null and not is_forgotten
),

duplicate_rows as (
    select * from {{ ref('base_flarelane__duplicate_customer_rows') }}
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
    event_type like '@%' as is_platform_event,
    event_at,
    partition_date as event_date,

    ---------- who and where
    project_id,
    user_id,
    device_id,
    platform,

    ---------- attributes
    data,
    is_data_unparsable
from accepted_rows
