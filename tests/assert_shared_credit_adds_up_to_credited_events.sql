-- First touch, last touch and equal shares give each credited event away once: over all campaigns, each adds
-- up to the credited events. Full credit does not, and is not meant to.
with

daily_conversions as (
    select * from {{ ref('campaign_conversions_daily') }}
),

all_conversions as (
    select * from {{ ref('campaign_conversions') }}
),

shared_credit as (
    select
        'campaign_conversions' as model,
        goal,
        project_id,
        sum(first_touch_conversions) as first_touch_conversions,
        sum(last_touch_conversions) as last_touch_conversions,
        sum(linear_conversions) as linear_conversions,
        coalesce(sum(first_touch_revenue), 0) as first_touch_revenue,
        coalesce(sum(last_touch_revenue), 0) as last_touch_revenue,
        coalesce(sum(linear_revenue), 0) as linear_revenue
    from all_conversions
    group by goal, project_id
    union all
    select
        'campaign_conversions_daily' as model,
        goal,
        project_id,
        sum(first_touch_conversions) as first_touch_conversions,
        sum(last_touch_conversions) as last_touch_conversions,
        sum(linear_conversions) as linear_conversions,
        coalesce(sum(first_touch_revenue), 0) as first_touch_revenue,
        coalesce(sum(last_touch_revenue), 0) as last_touch_revenue,
        coalesce(sum(linear_revenue), 0) as linear_revenue
    from daily_conversions
    group by goal, project_id
),

credited_events as (
    select
        goal,
        project_id,
        sum(credited_events) as credited_events,
        coalesce(sum(credited_revenue), 0) as credited_revenue
    from {{ ref('goal_conversions_daily') }}
    group by goal, project_id
)

select
    shared_credit.*,
    credited_events.credited_events,
    credited_events.credited_revenue
from shared_credit
left join credited_events
    on
        shared_credit.goal = credited_events.goal
        and shared_credit.project_id = credited_events.project_id
where
    shared_credit.first_touch_conversions <> coalesce(credited_events.credited_events, 0)
    or shared_credit.last_touch_conversions <> coalesce(credited_events.credited_events, 0)
    or abs(shared_credit.linear_conversions - coalesce(credited_events.credited_events, 0)) > 0.000001
    or shared_credit.first_touch_revenue <> coalesce(credited_events.credited_revenue, 0)
    or shared_credit.last_touch_revenue <> coalesce(credited_events.credited_revenue, 0)
    or abs(shared_credit.linear_revenue - coalesce(credited_events.credited_revenue, 0))
    > 0.000001 * greatest(abs(credited_events.credited_revenue), 1)
