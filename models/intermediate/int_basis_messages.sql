-- One row per message and basis that goals have, where the message has the time that opens its window.
with

messages as (
    select * from {{ ref('int_messages') }}
    where not is_test
),

bases as (
    select distinct basis as goal_basis
    from {{ ref('int_conversion_goals') }}
),

messages_by_basis as (
    select
        bases.goal_basis,
        {{ basis_of_channel('messages.channel', 'bases.goal_basis') }} as basis,
        messages.message_row_key,
        messages.message_id,
        messages.project_id,
        messages.channel,
        messages.campaign_id,
        messages.journey_id,
        messages.journey_step_id,
        messages.message_date,
        messages.first_event_date,
        messages.device_id,
        messages.user_id,
        messages.person_key,
        messages.person_hash,
        messages.sent_at,
        messages.clicked_at
    from messages
    cross join bases
)

select
    goal_basis,
    basis,
    message_row_key,
    message_id,
    project_id,
    channel,
    campaign_id,
    journey_id,
    journey_step_id,
    message_date,
    first_event_date,
    device_id,
    user_id,
    person_key,
    person_hash,
    case basis when 'sent' then sent_at else clicked_at end as basis_at
from messages_by_basis
where case basis when 'sent' then sent_at else clicked_at end is not null
