-- One row per customer event that the run credits again, because a change can have touched its credit.
-- Joins keep their order: the wider side streams past the other, which the optimizer cannot know.
{{ config(
    materialized='this_run',
    scope_of='int_conversions',
    follows='messages_this_run',
    pre_hook="{{ keep_join_order() }}",
    post_hook="{{ choose_join_order() }}",
) }}

with

messages_this_run as (
    select * from {{ ref('messages_this_run') }}
),

changed_partitions as (
    {{ partitions_changed_for('int_conversions') | indent(4) }}
),

goals as (
    select * from {{ ref('int_conversion_goals') }}
),

-- The date is that of the row which the key stands for; with it, messages of other dates are not read.
changed_messages as (
    select messages.*
    from {{ ref('int_basis_messages') }} as messages
    semi join messages_this_run
        on
            messages.message_row_key = messages_this_run.message_row_key
            and messages.first_event_date = messages_this_run.first_event_date
),

changed_message_keys as (
    {{ match_keys('changed_messages', 'message', ['goal_basis', 'basis_at']) }}
),

changed_people as (
    select
        match_key,
        goal_basis,
        min(basis_at) as first_basis_at,
        max(basis_at) as last_basis_at
    from changed_message_keys
    group by match_key, goal_basis
),

goal_events as (
    select
        events.project_id,
        events.row_key,
        events.user_id,
        events.device_id,
        events.event_at,
        goals.basis as goal_basis,
        {{ add_hours('events.event_at', '-goals.window_hours') }} as window_from
    from {{ ref('int_goal_events') }} as events
    inner join goals on events.goal = goals.goal
    where events.event_at >= (select min(changed_people.first_basis_at) from changed_people)
),

event_keys as (
    {{ match_keys('goal_events', 'event', ['goal_basis', 'row_key', 'event_at', 'window_from']) }}
),

-- Whose window a changed message can lie in now.
events_of_changed_people as (
    select event_keys.row_key
    from event_keys
    inner join changed_people
        on
            event_keys.match_key = changed_people.match_key
            and event_keys.goal_basis = changed_people.goal_basis
    where
        event_keys.event_at >= changed_people.first_basis_at
        and event_keys.window_from <= changed_people.last_basis_at
),

events_as_they_are as (
    select events.row_key
    from {{ ref('int_goal_events') }} as events
    semi join changed_partitions
        on
            events.project_id = changed_partitions.project_id
            and events.partition_date = changed_partitions.event_date
),

credited_as_they_were as (
    select conversions.row_key
    from {{ previous_rows('int_conversions') }} as conversions
    semi join changed_partitions
        on
            conversions.project_id = changed_partitions.project_id
            and conversions.event_date = changed_partitions.event_date
),

-- Credited to a message that has changed since, or is gone.
credited_to_changed_messages as (
    select conversions.row_key
    from {{ previous_rows('int_conversions') }} as conversions
    semi join messages_this_run
        on conversions.message_row_key = messages_this_run.message_row_key
)

select row_key from events_of_changed_people
union
select row_key from events_as_they_are
union
select row_key from credited_as_they_were
union
select row_key from credited_to_changed_messages
