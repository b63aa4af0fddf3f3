-- Rates divide conversions by basis messages: a group of the one that the other lacks would vanish from both.
with

converted_groups as (
    select
        goal,
        project_id,
        campaign_id,
        channel,
        message_date,
        count(distinct event_id) as conversions
    from {{ ref('fct_conversions') }}
    group by goal, project_id, campaign_id, channel, message_date
),

counted_groups as (
    select *
    from {{ ref('campaign_conversions_daily') }}
    where conversions > 0
)

select
    coalesce(converted_groups.goal, counted_groups.goal) as goal,
    coalesce(converted_groups.campaign_id, counted_groups.campaign_id) as campaign_id,
    coalesce(converted_groups.message_date, counted_groups.message_date) as message_date,
    converted_groups.conversions,
    counted_groups.conversions as counted_conversions
from converted_groups
full join counted_groups
    on
        converted_groups.goal = counted_groups.goal
        and converted_groups.project_id = counted_groups.project_id
        and converted_groups.campaign_id = counted_groups.campaign_id
        and converted_groups.channel = counted_groups.channel
        and converted_groups.message_date = counted_groups.message_date
where converted_groups.conversions is distinct from counted_groups.conversions
