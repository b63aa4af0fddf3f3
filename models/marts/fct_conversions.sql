-- One row per goal, project, customer event and message that is credited with it.
-- Time is cut into pieces as long as a goal's window, so that an event looks for messages in its own piece
-- and the one before. The work grows with what is credited, not with a person's messages times their events.
{{ config(materialized='partitioned', whole=true) }}

with

goals as (
    select * from {{ ref('int_conversion_goals') }}
),

goal_events as (
    select
        goal_events.*,
        goals.basis as goal_basis,
        goals.window_hours,
        goals.currency,
        {{ add_hours('goal_events.event_at', '-goals.window_hours') }} as window_from,
        {{ piece_of_time('goal_events.event_at', 'goals.window_hours') }} as piece_number
    from {{ ref('int_goal_events') }} as goal_events
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
        event_keys.match_kind,
        event_keys.match_key,
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

basis_messages as (
    select * from {{ ref('int_basis_messages') }}
),

all_message_keys as (
    {{ match_keys(
        'basis_messages', 'message', ['goal_basis', 'message_row_key', 'basis_at']
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
        event_pieces.match_kind,
        event_pieces.goal_basis,
        message_pieces.message_row_key
    from message_pieces
    inner join event_pieces
        on
            message_pieces.match_key = event_pieces.match_key
            and message_pieces.goal_basis = event_pieces.goal_basis
            and message_pieces.window_hours = event_pieces.window_hours
            and message_pieces.piece_number = event_pieces.piece_number
    where
        message_pieces.basis_at >= event_pieces.window_from
        and message_pieces.basis_at <= event_pieces.event_at
),

conversions as (
    select
        goal_events.goal,
        goal_events.project_id,
        goal_events.event_id,
        basis_messages.message_id,
        basis_messages.channel,
        basis_messages.campaign_id,
        basis_messages.journey_id,
        basis_messages.journey_step_id,
        basis_messages.message_date,
        basis_messages.person_key,
        basis_messages.basis,
        basis_messages.basis_at,
        goal_events.event_at as converted_at,
        goal_events.amount,
        goal_events.currency,
        count(*) over (partition by goal_events.goal, goal_events.row_key) as touches,
        row_number() over (
            partition by goal_events.goal, goal_events.row_key
            order by basis_messages.basis_at, basis_messages.message_id
        ) as touch_number
    from touches
    inner join goal_events
        on touches.goal = goal_events.goal and touches.row_key = goal_events.row_key
    inner join basis_messages
        on
            touches.message_row_key = basis_messages.message_row_key
            and touches.goal_basis = basis_messages.goal_basis
    where
        {{ is_same_person('basis_messages', 'goal_events', 'touches.match_kind') }}
)

select
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
