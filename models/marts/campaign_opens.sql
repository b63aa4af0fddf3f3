-- One row per project, campaign and channel that reports openings: which came at once, as machines open.
{{ config(materialized='partitioned', whole=true) }}

{#- An opening that comes no later than this after the delivery comes at once. -#}
{%- set seconds_at_once = 2 %}

with

messages as {{ inlined() }} (
    select *
    from {{ ref('int_funnel_messages') }}
    where channel in ({{ channels_with('opened') }})
),

-- An opening of a message without a delivery in the export has nothing to be measured from: it is later.
openings as (
    select
        messages.project_id,
        messages.campaign_id,
        messages.channel,
        messages.message_row_key,
        coalesce(
            {{ microseconds_between('messages.delivered_at', 'links.event_at') }}
            <= {{ seconds_at_once * 1000000 }},
            false
        ) as is_at_once
    from {{ ref('int_event_links') }} as links
    inner join messages on links.message_row_key = messages.message_row_key
    where links.stage_number = {{ number_of_stage('opened') }}
),

opened_messages as (
    select
        project_id,
        campaign_id,
        channel,
        message_row_key,
        bool_or(is_at_once) as is_opened_at_once,
        bool_or(not is_at_once) as is_opened_later
    from openings
    group by project_id, campaign_id, channel, message_row_key
),

opened_counts as (
    select
        project_id,
        campaign_id,
        channel,
        count(*) as opened_messages,
        count(*) filter (where is_opened_at_once) as opened_at_once_messages,
        count(*) filter (where is_opened_later) as opened_later_messages
    from opened_messages
    group by project_id, campaign_id, channel
),

delivered_counts as (
    select
        project_id,
        campaign_id,
        channel,
        count(delivered_at) as delivered_messages
    from messages
    group by project_id, campaign_id, channel
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

counts as (
    select
        delivered_counts.project_id,
        delivered_counts.campaign_id,
        campaigns.campaign_name,
        delivered_counts.channel,
        delivered_counts.delivered_messages,
        coalesce(opened_counts.opened_messages, 0) as opened_messages,
        coalesce(opened_counts.opened_at_once_messages, 0) as opened_at_once_messages,
        coalesce(opened_counts.opened_later_messages, 0) as opened_later_messages
    from delivered_counts
    left join opened_counts
        on
            delivered_counts.project_id = opened_counts.project_id
            and delivered_counts.campaign_id = opened_counts.campaign_id
            and delivered_counts.channel = opened_counts.channel
    left join campaigns
        on
            delivered_counts.project_id = campaigns.project_id
            and delivered_counts.campaign_id = campaigns.campaign_id
)

select
    ---------- grain
    project_id,
    campaign_id,
    campaign_name,
    channel,

    ---------- messages
    delivered_messages,
    opened_messages,
    opened_at_once_messages,
    opened_later_messages,

    ---------- rates
    opened_messages / nullif(cast(delivered_messages as double), 0) as open_rate,
    opened_at_once_messages / nullif(cast(delivered_messages as double), 0) as open_at_once_rate,
    opened_later_messages / nullif(cast(delivered_messages as double), 0) as open_later_rate
from counts
