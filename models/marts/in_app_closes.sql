-- One row per project and campaign that has in-app messages: how they were closed, and for how long hidden.
{{ config(materialized='partitioned', whole=true) }}

with

in_app_messages as (
    select *
    from {{ ref('int_funnel_messages') }}
    where channel = 'iam'
),

closes as (
    select
        messages.project_id,
        messages.campaign_id,
        messages.message_row_key,
        events.iam_dont_show_minutes,
        coalesce(events.iam_dont_show_minutes > 0, false) as is_hiding
    from {{ ref('stg_flarelane__crm_events') }} as events
    inner join {{ ref('int_event_links') }} as links on events.row_key = links.row_key
    inner join in_app_messages as messages on links.message_row_key = messages.message_row_key
    where events.event_type = 'iam.closed'
),

close_counts as (
    select
        project_id,
        campaign_id,
        count(*) as close_events,
        count(*) filter (where is_hiding) as hiding_close_events,
        count(distinct message_row_key) filter (where is_hiding) as hidden_messages,
        median(iam_dont_show_minutes) filter (where is_hiding) as median_hidden_minutes
    from closes
    group by project_id, campaign_id
),

campaigns as (
    select
        project_id,
        campaign_id,
        count(delivered_at) as displayed_messages,
        count(closed_at) as closed_messages
    from in_app_messages
    group by project_id, campaign_id
)

select
    campaigns.project_id,
    campaigns.campaign_id,
    campaigns.displayed_messages,
    campaigns.closed_messages,
    coalesce(close_counts.close_events, 0) as close_events,
    coalesce(close_counts.hiding_close_events, 0) as hiding_close_events,
    coalesce(close_counts.hidden_messages, 0) as hidden_messages,
    coalesce(close_counts.hidden_messages, 0)
    / nullif(cast(campaigns.displayed_messages as double), 0) as hide_rate,
    cast(close_counts.median_hidden_minutes as double) as median_hidden_minutes
from campaigns
left join close_counts
    on campaigns.project_id = close_counts.project_id and campaigns.campaign_id = close_counts.campaign_id
