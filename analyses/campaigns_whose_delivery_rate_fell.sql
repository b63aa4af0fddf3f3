-- Which campaigns deliver worse this week than the week before?
-- This week is the seven days up to the project's newest message date. One row per campaign and channel
-- with enough messages in both weeks whose delivery rate fell, the greatest fall first. Deliveries of the
-- newest hours may still be on their way, so a small fall on the last day is no news.
{%- set minimum_messages = 100 %}
with

daily_counts as (
    select
        project_id,
        campaign_id,
        campaign_name,
        channel,
        message_date,
        delivered_messages,
        -- An in-app message is not sent: it is created and then shown.
        case
            when channel in ({{ channels_without('sent') }}) then created_messages
            else sent_messages
        end as base_messages
    from {{ ref('campaign_funnel_daily') }}
    where delivered_messages is not null
),

newest_dates as (
    select
        project_id,
        max(message_date) as newest_date
    from {{ ref('campaign_funnel_daily') }}
    group by project_id
),

weekly_counts as (
    select
        daily_counts.project_id,
        daily_counts.campaign_id,
        daily_counts.channel,
        max(daily_counts.campaign_name) as campaign_name,
        newest_dates.newest_date - daily_counts.message_date < 7 as is_this_week,
        sum(daily_counts.delivered_messages) as delivered_messages,
        sum(daily_counts.base_messages) as base_messages
    from daily_counts
    inner join newest_dates on daily_counts.project_id = newest_dates.project_id
    where newest_dates.newest_date - daily_counts.message_date < 14
    group by all
    having sum(daily_counts.base_messages) >= {{ minimum_messages }}
),

weekly_rates as (
    select
        *,
        delivered_messages / cast(base_messages as double) as delivery_rate
    from weekly_counts
)

select
    this_week.project_id,
    this_week.campaign_name,
    this_week.channel,
    this_week.delivery_rate - last_week.delivery_rate as change,
    last_week.delivery_rate as delivery_rate_before,
    this_week.delivery_rate as delivery_rate_now,
    last_week.base_messages as messages_before,
    this_week.base_messages as messages_now,
    this_week.campaign_id
from weekly_rates as this_week
inner join weekly_rates as last_week
    on
        this_week.project_id = last_week.project_id
        and this_week.campaign_id = last_week.campaign_id
        and this_week.channel = last_week.channel
        and this_week.is_this_week
        and not last_week.is_this_week
where this_week.delivery_rate < last_week.delivery_rate
order by change, this_week.project_id, this_week.campaign_id
