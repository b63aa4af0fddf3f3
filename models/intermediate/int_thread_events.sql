-- One row per accepted event, with its thread and its place in it: only the columns that linking needs.
{{ config(materialized='partitioned', batch_by='stg_flarelane__crm_events') }}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

events as {{ inlined() }} (
    select events.*
    from {{ ref('stg_flarelane__crm_events') }} as events
    semi join partitions
        on events.project_id = partitions.project_id and events.event_date = partitions.event_date
),

event_ids as (
    select
        row_key,
        event_id
    from events
),

thread_events as (
    select
        row_key,
        project_id,
        event_date,
        event_at,
        {{ thread_key() }} as thread_key,
        {{ stage_number('event_stage') }} as stage_number,
        {{ filled_attributes() }} as filled_attributes
    from events
),

-- Only events of a thread at one instant need their ids compared, and those are few.
tied_instants as (
    select
        thread_key,
        event_at,
        stage_number = 0 as is_created
    from thread_events
    group by thread_key, event_at, stage_number = 0
    having count(*) > 1
),

tied_events as (
    select
        thread_events.row_key,
        row_number() over (
            partition by thread_events.thread_key, thread_events.event_at, tied_instants.is_created
            order by event_ids.event_id
        ) as tie_order
    from thread_events
    inner join tied_instants
        on
            thread_events.thread_key = tied_instants.thread_key
            and thread_events.event_at = tied_instants.event_at
            and (thread_events.stage_number = 0) = tied_instants.is_created
    inner join event_ids on thread_events.row_key = event_ids.row_key
)

select
    thread_events.row_key,
    thread_events.project_id,
    thread_events.event_date,
    thread_events.thread_key,
    thread_events.event_at,
    thread_events.stage_number,
    thread_events.filled_attributes,
    coalesce(tied_events.tie_order, 0) as tie_order
from thread_events
left join tied_events on thread_events.row_key = tied_events.row_key
