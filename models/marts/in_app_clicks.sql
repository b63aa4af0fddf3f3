-- One row per project, campaign and element of its in-app message that was clicked.
{{ config(materialized='partitioned', whole=true) }}

with

in_app_messages as {{ inlined() }} (
    select *
    from {{ ref('int_funnel_messages') }}
    where channel = 'iam'
),

campaigns as (
    select
        project_id,
        campaign_id,
        count(delivered_at) as displayed_messages
    from in_app_messages
    group by project_id, campaign_id
),

clicks as (
    select
        messages.project_id,
        messages.campaign_id,
        messages.message_row_key,
        messages.person_hash,
        events.iam_clickable_id
    from {{ ref('stg_flarelane__crm_events') }} as events
    inner join {{ ref('int_event_links') }} as links on events.row_key = links.row_key
    inner join in_app_messages as messages on links.message_row_key = messages.message_row_key
    where events.event_type = 'iam.clicked'
),

clicked_elements as (
    select
        project_id,
        campaign_id,
        iam_clickable_id,
        count(*) as click_events,
        count(distinct message_row_key) as clicked_messages,
        count(distinct person_hash) as clicked_recipients
    from clicks
    group by project_id, campaign_id, iam_clickable_id
)

select
    clicked_elements.project_id,
    clicked_elements.campaign_id,
    clicked_elements.iam_clickable_id,
    campaigns.displayed_messages,
    clicked_elements.click_events,
    clicked_elements.clicked_messages,
    clicked_elements.clicked_recipients,
    clicked_elements.clicked_messages / nullif(cast(campaigns.displayed_messages as double), 0) as click_rate
from clicked_elements
inner join campaigns
    on
        clicked_elements.project_id = campaigns.project_id
        and clicked_elements.campaign_id = campaigns.campaign_id
