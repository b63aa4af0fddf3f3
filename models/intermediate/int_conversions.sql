-- One row per goal, project, customer event and message that is credited with it.
-- Time is cut into pieces as long as a goal's window, so that an event looks for messages in its own piece
-- and the one before. The work grows with what is credited, not with messages times events of a person.
-- A change reaches the events from a message's length before it on: goals' windows have no limit. Of these,
-- only those of goal_events_this_run are credited again.
-- Touches are found and numbered by keys alone; what describes event and message joins them at the end.
-- Joins keep their order: the wider side streams past the other, which the optimizer cannot know.
{{ config(
    materialized='partitioned',
    reach=[window_dates(), none],
    keys='goal_events_this_run',
    key_column='row_key',
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

whole_partitions as (
    select * from partitions
    where is_whole
),

changed_partitions as (
    select * from partitions
    where not is_whole
),

events as (
    select events.*
    from {{ ref('int_goal_events') }} as events
    semi join whole_partitions
        on
            events.project_id = whole_partitions.project_id
            and events.partition_date = whole_partitions.event_date
    union all
    select events.*
    from {{ ref('int_goal_events') }} as events
    semi join {{ ref('goal_events_this_run') }} as events_this_run on events.row_key = events_this_run.row_key
    semi join changed_partitions
        on
            events.project_id = changed_partitions.project_id
            and events.partition_date = changed_partitions.event_date
),

goal_events as (
    select
        goal_events.goal,
        goal_events.project_id,
        goal_events.row_key,
        goal_events.user_id,
        goal_events.device_id,
        goal_events.event_at,
        goals.basis as goal_basis,
        goals.window_hours,
        {{ add_hours('goal_events.event_at', '-goals.window_hours') }} as window_from,
        {{ piece_of_time('goal_events.event_at', 'goals.window_hours') }} as piece_number
    from events as goal_events
    inner join goals on goal_events.goal = goals.goal
),

event_keys as (
    {{ match_keys(
        'goal_events',
        'event',
        ['goal', 'row_key', 'goal_basis', 'window_hours', 'window_from', 'event_at', 'piece_number'],
    ) }}
),

event_pieces as (
    select
        event_keys.match_key,
        event_keys.check_key,
        event_keys.goal,
        event_keys.row_key,
        event_keys.goal_basis,
        event_keys.window_hours,
        event_keys.window_from,
        event_keys.event_at,
        event_keys.piece_number - pieces.pieces_before as piece_number
    from event_keys
    cross join (values (0), (1)) as pieces (pieces_before)
),

-- Of other dates no message is read: a join by a stored date passes over them.
message_dates as (
    select {{ dates_between('span.first_date', 'span.last_date') }} as first_event_date
    from (
        select
            greatest(cast(min(window_from) as date) - {{ window_dates() }}, date '0000-01-01') as first_date,
            cast(max(event_at) as date) as last_date
        from goal_events
    ) as span
),

basis_messages as {{ inlined() }} (
    select messages.*
    from {{ ref('int_basis_messages') }} as messages
    semi join message_dates on messages.first_event_date = message_dates.first_event_date
    where messages.basis_at >= (select min(goal_events.window_from) from goal_events)
),

all_message_keys as (
    {{ match_keys(
        'basis_messages', 'message', ['goal_basis', 'message_row_key', 'message_id', 'basis_at']
    ) }}
),

-- Most people did nothing that is a goal.
message_keys as (
    select all_message_keys.*
    from all_message_keys
    semi join event_keys
        on
            all_message_keys.match_key = event_keys.match_key
            and all_message_keys.goal_basis = event_keys.goal_basis
),

windows as (
    select distinct
        basis,
        window_hours
    from goals
),

message_pieces as (
    select
        message_keys.*,
        windows.window_hours,
        {{ piece_of_time('message_keys.basis_at', 'windows.window_hours') }} as piece_number
    from message_keys
    inner join windows on message_keys.goal_basis = windows.basis
),

touches as (
    select
        event_pieces.goal,
        event_pieces.row_key,
        event_pieces.goal_basis,
        message_pieces.message_row_key,
        count(*) over (partition by event_pieces.row_key, event_pieces.goal) as touches,
        row_number() over (
            partition by event_pieces.row_key, event_pieces.goal
            order by message_pieces.basis_at, message_pieces.message_id
        ) as touch_number
    from message_pieces
    inner join event_pieces
        on
            message_pieces.match_key = event_pieces.match_key
            and message_pieces.check_key = event_pieces.check_key
            and message_pieces.goal_basis = event_pieces.goal_basis
            and message_pieces.window_hours = event_pieces.window_hours
            and message_pieces.piece_number = event_pieces.piece_number
    where
        message_pieces.basis_at >= event_pieces.window_from
        and message_pieces.basis_at <= event_pieces.event_at
),

credited_events as (
    select
        events.goal,
        events.project_id,
        events.event_id,
        events.event_at,
        events.partition_date,
        events.amount,
        touches.row_key,
        touches.goal_basis,
        touches.message_row_key,
        touches.touches,
        touches.touch_number
    from events
    inner join touches on events.goal = touches.goal and events.row_key = touches.row_key
),

conversions as (
    select
        credited_events.row_key,
        credited_events.message_row_key,
        credited_events.goal,
        credited_events.project_id,
        credited_events.event_id,
        messages.message_id,
        messages.channel,
        messages.campaign_id,
        messages.journey_id,
        messages.journey_step_id,
        messages.message_date,
        messages.person_key,
        messages.person_hash,
        messages.basis,
        messages.basis_at,
        credited_events.event_at as converted_at,
        credited_events.partition_date as event_date,
        credited_events.amount,
        goals.currency,
        credited_events.touches,
        credited_events.touch_number
    from basis_messages as messages
    inner join credited_events
        on
            messages.message_row_key = credited_events.message_row_key
            and messages.goal_basis = credited_events.goal_basis
    inner join goals on credited_events.goal = goals.goal
)

select
    ---------- incremental keys
    row_key,
    message_row_key,
    event_date,

    ---------- keys
    goal,
    project_id,
    event_id,
    message_id,

    ---------- the message
    channel,
    campaign_id,
    journey_id,
    journey_step_id,
    message_date,
    person_key,
    person_hash,

    ---------- the conversion
    basis,
    basis_at,
    converted_at,
    {{ seconds_between('basis_at', 'converted_at') }} as seconds_to_conversion,
    amount,
    currency,

    ---------- credit
    touches,
    touch_number,
    touch_number = 1 as is_first_touch,
    touch_number = touches as is_last_touch,
    1.0 / cast(touches as double) as linear_share
from conversions
