-- How long does a message take, from the request to the provider and from the provider to the recipient?
-- One row per project, channel and provider (only push names one). Seconds, median and 95th percentile;
-- test sends are left out. Push reports no delivery, so its second half is null; an in-app message is not
-- sent, so its delivery is counted from its creation.
with

messages as (
    select
        project_id,
        channel,
        provider,
        {{ seconds_between('created_at', 'sent_at') }} as seconds_to_send,
        case
            when channel in ({{ channels_without('sent') }})
                then {{ seconds_between('created_at', 'delivered_at') }}
            else {{ seconds_between('sent_at', 'delivered_at') }}
        end as seconds_to_delivery
    from {{ ref('fct_messages') }}
    where not is_test
)

select
    project_id,
    channel,
    provider,
    median(seconds_to_send) as median_to_send,
    median(seconds_to_delivery) as median_to_delivery,
    percentile_cont(0.95) within group (order by seconds_to_delivery) as p95_to_delivery,
    percentile_cont(0.95) within group (order by seconds_to_send) as p95_to_send,
    count(seconds_to_send) as sent_messages,
    count(seconds_to_delivery) as delivered_messages
from messages
group by project_id, channel, provider
order by project_id, channel, provider
