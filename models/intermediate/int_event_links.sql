-- One row per accepted event: the message it belongs to.
{{ config(materialized='table') }}

with

thread_events as (
    select * from {{ ref('int_thread_events') }}
),

ordered_events as (
    select
        row_key,
        thread_key,
        event_date,
        event_at,
        stage_number,
        filled_attributes,
        row_number() over in_thread as event_order,
        last_value(case when stage_number = 0 then row_key end ignore nulls)
            over in_thread as created_row_key,
        last_value(case when stage_number = 0 then event_at end ignore nulls)
            over in_thread as created_at,
        last_value(case when stage_number = 0 then filled_attributes end ignore nulls)
            over in_thread as created_attributes
    from thread_events
    window in_thread as (
        partition by thread_key
        order by event_at, case when stage_number = 0 then 0 else 1 end, tie_order
        rows between unbounded preceding and current row
    )
),

linked_events as (
    select
        row_key,
        created_row_key as message_row_key,
        event_order,
        event_at,
        stage_number,
        filled_attributes,
        created_attributes as first_attributes,
        true as has_created
    from ordered_events
    where created_at >= event_at - {{ message_window() }}
),

-- The orphans of one thread on one UTC date form one message.
orphan_events as (
    select
        row_key,
        first_value(row_key) over in_orphans as message_row_key,
        event_order,
        event_at,
        stage_number,
        filled_attributes,
        first_value(filled_attributes) over in_orphans as first_attributes,
        false as has_created
    from ordered_events
    where created_at is null or created_at < event_at - {{ message_window() }}
    window in_orphans as (partition by thread_key, event_date order by event_order)
),

message_events as (
    select * from linked_events
    union all
    select * from orphan_events
)

select
    row_key,
    message_row_key,
    event_order,
    event_at,
    stage_number,
    has_created,
    {{ has_more_bits('filled_attributes', 'first_attributes') }} as adds_attributes
from message_events
