-- One row per customer event.
with

source_rows as (
    select * from {{ ref('base_flarelane__customer_rows') }}
),

duplicate_rows as (
    select * from {{ ref('base_flarelane__duplicate_customer_rows') }}
),

event_rows as (
    select source_rows.*
    from source_rows
    anti join duplicate_rows on source_rows.row_key = duplicate_rows.row_key
)

select
    ---------- event
    event_id,
    event_type,
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
from event_rows
