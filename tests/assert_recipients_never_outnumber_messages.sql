-- A message has one recipient: more recipients than messages would mean that people are counted twice.
with

funnels as (
    select
        'campaign_funnel' as funnel,
        *
    from {{ ref('campaign_funnel') }}
    union all by name
    select
        'campaign_funnel_daily' as funnel,
        *
    from {{ ref('campaign_funnel_daily') }}
    union all by name
    select
        'channel_funnel_daily' as funnel,
        *
    from {{ ref('channel_funnel_daily') }}
    union all by name
    select
        'journey_funnel' as funnel,
        *
    from {{ ref('journey_funnel') }}
    union all by name
    select
        'journey_step_funnel' as funnel,
        *
    from {{ ref('journey_step_funnel') }}
)

select *
from funnels
where
    reached_recipients > reached_messages
    or clicked_recipients > clicked_messages
    or enrollments > messages
