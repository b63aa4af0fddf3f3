-- Why are messages stopped before they are sent, and where would it pay to look first?
-- One row per project, channel and reason, the most frequent first. created_share is of the channel's created
-- messages, abort_share of its aborted ones; worst_campaign is the one that the reason stops most often.
with

reasons as (
    select
        project_id,
        channel,
        error,
        sum(messages) as aborted_messages,
        count(*) as campaigns,
        {{ last_by('campaign_id', 'messages') }} as worst_campaign_id,
        max(messages) as worst_campaign_aborted_messages
    from {{ ref('campaign_failures') }}
    where stage = 'aborted'
    group by project_id, channel, error
),

created as (
    select
        project_id,
        channel,
        sum(created_messages) as created_messages
    from {{ ref('channel_funnel_daily') }}
    group by project_id, channel
)

select
    reasons.project_id,
    reasons.channel,
    coalesce(reasons.error, '(no reason given)') as abort_reason,
    reasons.aborted_messages,
    reasons.aborted_messages / nullif(cast(created.created_messages as double), 0) as created_share,
    worst_campaigns.campaign_name as worst_campaign,
    reasons.worst_campaign_aborted_messages,
    reasons.worst_campaign_id,
    reasons.campaigns,
    reasons.aborted_messages
    / sum(reasons.aborted_messages) over (partition by reasons.project_id, reasons.channel)
        as abort_share
from reasons
inner join created
    on reasons.project_id = created.project_id and reasons.channel = created.channel
left join {{ ref('dim_campaigns') }} as worst_campaigns
    on
        reasons.project_id = worst_campaigns.project_id
        and reasons.worst_campaign_id = worst_campaigns.campaign_id
order by
    reasons.project_id asc,
    reasons.aborted_messages desc,
    reasons.channel asc,
    abort_reason asc
