-- One row per goal and accepted customer event that meets it, with its amount.
-- Joins keep their order: events stream past the few dates and goals.
{{ config(
    materialized='partitioned',
    partition_by='partition_date',
    pre_hook="{{ keep_join_order() }}",
    post_hook="{{ choose_join_order() }}",
) }}

with

partitions as (
    {{ partitions_in_scope() }}
),

goals as (
    select * from {{ ref('int_conversion_goals') }}
),

events as (
    select events.*
    from {{ ref('stg_flarelane__customer_events') }} as events
    semi join partitions
        on events.project_id = partitions.project_id and events.event_date = partitions.event_date
),

-- The type first, which leaves few events whose data has to be looked into.
events_of_type as (
    select
        goals.goal,
        events.project_id,
        events.row_key,
        events.event_id,
        events.event_at,
        events.event_date as partition_date,
        events.user_id,
        events.device_id,
        events.data,
        goals.property_path,
        goals.property_value,
        goals.amount_path,
        goals.quantity_path
    from events
    inner join goals
        on
            events.event_type = goals.event_type
            and (goals.project_id is null or events.project_id = goals.project_id)
)

select
    goal,
    project_id,
    row_key,
    event_id,
    event_at,
    partition_date,
    {{ reporting_date('event_at') }} as event_date,
    user_id,
    device_id,
    {{ amount_times(
        number_in_text(text_in_json('data', 'amount_path')),
        number_in_text(text_in_json('data', 'quantity_path')),
    ) }} as amount
from events_of_type
where
    property_path is null
    or {{ text_in_json('data', 'property_path') }} = property_value
