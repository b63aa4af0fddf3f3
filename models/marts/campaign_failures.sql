-- One row per project, campaign, channel, stage that ended badly, and error.
{{ config(materialized='stable_view') }}

select
    project_id,
    campaign_id,
    channel,
    stage,
    error,
    cast(sum(messages) as bigint) as messages
from {{ ref('campaign_failures_daily') }}
group by project_id, campaign_id, channel, stage, error
