-- One row per message and basis that goals have, where the message has the time that opens its window.
-- A number says which bases a message has a time for: 1 sent, 2 clicked, 3 both. A join by it, unlike one by
-- a condition on both sides, lets a later join by date keep messages of other dates from being read.
with

messages as (
    select
        *,
        case
            when {{ by_basis('channel', "'sent'", 'sent_at', 'clicked_at') | indent(12) }} is not null
                then 1
            else 0
        end
        + case
            when {{ by_basis('channel', "'clicked'", 'sent_at', 'clicked_at') | indent(12) }} is not null
                then 2
            else 0
        end as bases_number
    from {{ ref('int_messages') }}
    where not is_test
),

bases as (
    select distinct
        goals.basis as goal_basis,
        numbers.bases_number
    from {{ ref('int_conversion_goals') }} as goals
    inner join
        (values ('sent', 1), ('clicked', 2), ('sent', 3), ('clicked', 3))
            as numbers (goal_basis, bases_number)
        on goals.basis = numbers.goal_basis
)

select
    bases.goal_basis,
    {{ by_basis('messages.channel', 'bases.goal_basis', "'sent'", "'clicked'") | indent(4) }} as basis,
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
    {{ by_basis(
        'messages.channel', 'bases.goal_basis', 'messages.sent_at', 'messages.clicked_at'
    ) | indent(4) }} as basis_at
from messages
inner join bases on messages.bases_number = bases.bases_number
