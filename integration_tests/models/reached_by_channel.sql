-- One row per channel and day: how many messages reached somebody.
select
    channel,
    message_date,
    count(*) as reached_messages
from {{ ref('fct_messages') }}
where is_reached
group by channel, message_date
