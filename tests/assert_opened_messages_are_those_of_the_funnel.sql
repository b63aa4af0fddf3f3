-- Openings by machines are told apart and stay counted: a campaign whose openings differ from its funnel's
-- lost some or took another's, and every opened message was opened at once or later.
with

funnel as (
    select
        project_id,
        campaign_id,
        channel,
        delivered_messages,
        opened_messages
    from {{ ref('campaign_funnel') }}
    where channel in ({{ channels_with('opened') }})
)

select
    coalesce(funnel.project_id, opens.project_id) as project_id,
    coalesce(funnel.campaign_id, opens.campaign_id) as campaign_id,
    coalesce(funnel.channel, opens.channel) as channel,
    funnel.delivered_messages as delivered_messages_of_funnel,
    opens.delivered_messages,
    funnel.opened_messages as opened_messages_of_funnel,
    opens.opened_messages,
    opens.opened_at_once_messages,
    opens.opened_later_messages
from funnel
full outer join {{ ref('campaign_opens') }} as opens
    on
        funnel.project_id = opens.project_id
        and funnel.campaign_id = opens.campaign_id
        and funnel.channel = opens.channel
where
    opens.delivered_messages is distinct from funnel.delivered_messages
    or opens.opened_messages is distinct from funnel.opened_messages
    or opens.opened_at_once_messages + opens.opened_later_messages < opens.opened_messages
    or greatest(opens.opened_at_once_messages, opens.opened_later_messages) > opens.opened_messages
