-- An event that linking drops or doubles changes counts and rates without any sign.
with

message_events as (
    select
        project_id,
        sum(event_count) as linked_events
    from {{ ref('fct_messages') }}
    group by project_id
),

accepted_events as (
    select
        project_id,
        sum(event_rows) as accepted_events
    from {{ ref('export_reconciliation') }}
    group by project_id
)

select
    'fct_messages' as mart,
    coalesce(message_events.project_id, accepted_events.project_id) as project_id,
    coalesce(accepted_events.accepted_events, 0) as expected,
    coalesce(message_events.linked_events, 0) as found
from message_events
full join accepted_events on message_events.project_id = accepted_events.project_id
where
    coalesce(message_events.linked_events, 0)
    <> coalesce(accepted_events.accepted_events, 0)
