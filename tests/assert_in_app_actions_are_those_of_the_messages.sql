-- A click or close that is credited to another campaign makes one campaign's buttons look better than they are.
with

messages as (
    select
        project_id,
        campaign_id,
        sum(click_count) as click_events,
        count(delivered_at) as displayed_messages,
        count(closed_at) as closed_messages
    from {{ ref('fct_messages') }}
    where
        channel = 'iam'
        and (not is_test or {{ var('include_test_messages') }})
    group by project_id, campaign_id
),

clicks as (
    select
        project_id,
        campaign_id,
        sum(click_events) as click_events
    from {{ ref('in_app_clicks') }}
    group by project_id, campaign_id
)

select
    messages.*,
    clicks.click_events as click_events_of_elements,
    closes.displayed_messages as displayed_messages_of_closes,
    closes.closed_messages as closed_messages_of_closes
from messages
full outer join clicks on messages.project_id = clicks.project_id and messages.campaign_id = clicks.campaign_id
full outer join {{ ref('in_app_closes') }} as closes
    on messages.project_id = closes.project_id and messages.campaign_id = closes.campaign_id
where
    coalesce(clicks.click_events, 0) is distinct from messages.click_events
    or closes.displayed_messages is distinct from messages.displayed_messages
    or closes.closed_messages is distinct from messages.closed_messages
    or closes.hidden_messages > closes.closed_messages
