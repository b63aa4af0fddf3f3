-- Which campaigns sent advertisements at night, in the hours in which Korea restricts them?
-- Night in Asia/Seoul: SMS from 21:00 to 08:00, Kakao Brand Message from 20:50 to 08:00. One row per
-- campaign that did, the worst first; test sends are left out. A message counts by the time at which the
-- provider took it.
with

advertisements as (
    select
        project_id,
        campaign_id,
        channel,
        {{ time_in_zone('sent_at', 'Asia/Seoul') }} as sent_at_in_seoul
    from {{ ref('fct_messages') }}
    where
        channel in ('sms', 'kakaobrandmessage')
        and is_advertisement
        and not is_test
        and sent_at is not null
),

judged_advertisements as (
    select
        *,
        cast(sent_at_in_seoul as time) < cast('08:00:00' as time)
        or cast(sent_at_in_seoul as time)
        >= case channel
            when 'sms' then cast('21:00:00' as time)
            else cast('20:50:00' as time)
        end as is_at_night
    from advertisements
),

campaigns as (
    select
        project_id,
        campaign_id,
        channel,
        count(*) as sent_messages,
        count(*) filter (where is_at_night) as night_messages,
        min(sent_at_in_seoul) filter (where is_at_night) as first_night_message_in_seoul,
        max(sent_at_in_seoul) filter (where is_at_night) as last_night_message_in_seoul
    from judged_advertisements
    group by project_id, campaign_id, channel
)

select
    campaigns.project_id,
    dim_campaigns.campaign_name,
    campaigns.channel,
    campaigns.night_messages,
    campaigns.night_messages / cast(campaigns.sent_messages as double) as night_rate,
    campaigns.sent_messages,
    campaigns.first_night_message_in_seoul,
    campaigns.last_night_message_in_seoul,
    campaigns.campaign_id
from campaigns
left join {{ ref('dim_campaigns') }} as dim_campaigns
    on
        campaigns.project_id = dim_campaigns.project_id
        and campaigns.campaign_id = dim_campaigns.campaign_id
where campaigns.night_messages > 0
order by campaigns.night_messages desc, campaigns.project_id asc, campaigns.campaign_id asc
