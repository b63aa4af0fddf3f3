-- One row per goal, project, customer event and message that is credited with it.
-- Each person's messages are numbered in order of time, and an event's window is the numbers from its first
-- message to its last. So the work grows with what is credited, not with a person's messages times events.
{{ config(materialized='partitioned', whole=true) }}

with

goal_events as (
    select
        goal_events.*,
        goals.basis as goal_basis,
        goals.currency,
        {{ add_hours('goal_events.event_at', '-goals.window_hours') }} as window_from
    from {{ ref('int_goal_events') }} as goal_events
    inner join {{ ref('int_conversion_goals') }} as goals on goal_events.goal = goals.goal
),

event_keys as (
    {{ match_keys(
        'goal_events', 'event', ['goal', 'row_key', 'goal_basis', 'window_from', 'event_at']
    ) | indent(4) }}
),

basis_messages as (
    select * from {{ ref('int_basis_messages') }}
),

all_message_keys as (
    {{ match_keys(
        'basis_messages', 'message', ['goal_basis', 'message_row_key', 'basis_at']
    ) | indent(4) }}
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

-- What happens in a person's life: at one instant a window opens before a message counts, and closes after it.
moments as (
    select
        goal_basis,
        match_key,
        window_from as moment_at,
        0 as moment_order,
        cast(null as bigint) as message_row_key,
        goal,
        row_key,
        match_kind
    from event_keys
    union all
    select
        goal_basis,
        match_key,
        basis_at as moment_at,
        1 as moment_order,
        message_row_key,
        null as goal,
        null as row_key,
        null as match_kind
    from message_keys
    union all
    select
        goal_basis,
        match_key,
        event_at as moment_at,
        2 as moment_order,
        null as message_row_key,
        goal,
        row_key,
        match_kind
    from event_keys
),

numbered_moments as (
    select
        *,
        count(message_row_key) over (
            partition by goal_basis, match_key
            order by moment_at, moment_order, message_row_key
            rows between unbounded preceding and current row
        ) as messages_so_far
    from moments
),

windows as (
    select
        goal_basis,
        match_key,
        goal,
        row_key,
        match_kind,
        min(messages_so_far) as messages_before,
        max(messages_so_far) as messages_until
    from numbered_moments
    where moment_order <> 1
    group by goal_basis, match_key, goal, row_key, match_kind
    having min(messages_so_far) < max(messages_so_far)
),

numbers_in_windows as (
    select
        goal_basis,
        match_key,
        goal,
        row_key,
        match_kind,
        {{ each_number('messages_before + 1', 'messages_until') }} as message_number
    from windows
),

touches as (
    select
        numbers_in_windows.goal,
        numbers_in_windows.row_key,
        numbers_in_windows.match_kind,
        numbers_in_windows.goal_basis,
        numbered_moments.message_row_key
    from numbers_in_windows
    inner join numbered_moments
        on
            numbers_in_windows.match_key = numbered_moments.match_key
            and numbers_in_windows.goal_basis = numbered_moments.goal_basis
            and numbers_in_windows.message_number = numbered_moments.messages_so_far
    where numbered_moments.moment_order = 1
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
    where {{ is_same_person('basis_messages', 'goal_events', 'touches.match_kind') | indent(4) }}
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
