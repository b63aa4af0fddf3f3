-- The whole thing in one SQL file: read the export, validate, deduplicate, link events to messages, count five funnels,
-- and keep nothing else. Settings have their defaults: a window of 30 days, days in UTC, test messages left out.
-- Left out: names of campaigns and journeys, is_settled, rules of columns, customer events, builds after a change.
-- $root is the export.
set TimeZone = 'UTC';
set preserve_insertion_order = false;

-- 1. Read and validate. A row that fails a condition is rejected. Only the columns that the funnels need are kept.
create temp table valid_rows as
with

rows_read as (
    select
        projectid as project_id,
        "date" as event_date,
        nullif(id, '') as event_id,
        nullif(type, '') as event_type,
        nullif(channel, '') as channel,
        case
            when regexp_full_match(
                "time", '\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)'
            ) then try_cast(upper("time") as timestamptz)::timestamp
        end as event_at,
        nullif(campaign_id, '') as campaign_id,
        nullif(deviceid, '') as device_id,
        nullif(userid, '') as user_id,
        nullif(recipient, '') as recipient,
        nullif(trigger_type, '') as trigger_type,
        nullif(journey_id, '') as journey_id,
        nullif(journey_step_id, '') as journey_step_id,
        nullif(journey_enrollment_id, '') as journey_enrollment_id
    from read_parquet(
        '$root/crm_events/*/*/*.parquet',
        union_by_name = true, hive_partitioning = true, hive_types = {projectid: varchar, "date": date}
    )
)

select
    project_id,
    event_date,
    event_id,
    channel,
    case event_type
        when 'email.complaint' then 'complained'
        when 'iam.displayed' then 'delivered'
        else split_part(event_type, '.', 2)
    end as event_stage,
    event_at,
    campaign_id,
    trigger_type,
    journey_id,
    journey_step_id,
    journey_enrollment_id,
    -- Only equality matters below, so a number stands for the recipient of a thread and one for the person.
    hash(coalesce('d' || device_id, 'u' || user_id, 'r' || recipient)) as recipient_key,
    hash(coalesce(user_id, device_id, recipient)) as person_key
from rows_read
where
    event_id is not null
    and event_at is not null
    and event_type in (
        'push.created', 'push.sent', 'push.aborted', 'push.failed', 'push.clicked',
        'sms.created', 'sms.sent', 'sms.aborted', 'sms.failed', 'sms.delivered', 'sms.undelivered',
        'kakaoalimtalk.created', 'kakaoalimtalk.sent', 'kakaoalimtalk.aborted', 'kakaoalimtalk.failed',
        'kakaoalimtalk.delivered', 'kakaoalimtalk.undelivered',
        'kakaobrandmessage.created', 'kakaobrandmessage.sent', 'kakaobrandmessage.aborted',
        'kakaobrandmessage.failed', 'kakaobrandmessage.delivered', 'kakaobrandmessage.undelivered',
        'email.created', 'email.sent', 'email.delivered', 'email.failed', 'email.aborted', 'email.complaint',
        'email.opened', 'email.clicked',
        'iam.created', 'iam.displayed', 'iam.clicked', 'iam.closed'
    )
    and channel = split_part(event_type, '.', 1)
    and event_at::date = event_date
    and campaign_id is not null
    and coalesce(device_id, user_id, recipient) is not null;

-- 2. Deduplicate, link and put together. The rows of a project with the same id are one event. A message begins with a
-- `created`; what follows in its thread within 30 days belongs to it. Events that find none are one message a day.
create temp table messages as
with

repeated_ids as (
    select project_id, event_id
    from valid_rows
    group by project_id, event_id
    having count(*) > 1
),

events as (
    select * from valid_rows
    anti join repeated_ids using (project_id, event_id)
    union all
    (
        select * from valid_rows
        semi join repeated_ids using (project_id, event_id)
        qualify row_number() over (partition by project_id, event_id order by event_at) = 1
    )
),

ordered as (
    select
        *,
        row_number() over thread as event_order,
        max(event_at) filter (where event_stage = 'created') over thread as latest_created_at,
        count(*) filter (where event_stage = 'created') over thread as message_number
    from events
    window thread as (
        partition by project_id, channel, campaign_id, recipient_key
        order by event_at, event_stage <> 'created', event_id
        rows between unbounded preceding and current row
    )
),

linked as (
    select
        * replace (if(latest_created_at >= event_at - interval 720 hours, message_number, null) as message_number),
        if(latest_created_at >= event_at - interval 720 hours, null, event_date) as orphan_date
    from ordered
)

select
    project_id,
    channel,
    campaign_id,
    arg_min(journey_id, event_order) as journey_id,
    arg_min(journey_step_id, event_order) as journey_step_id,
    arg_min(journey_enrollment_id, event_order) as journey_enrollment_id,
    arg_min(person_key, event_order) as person_key,
    min(event_at) as message_at,
    min(event_at)::date as message_date,
    min(event_at) filter (where event_stage = 'created') as created_at,
    min(event_at) filter (where event_stage = 'sent') as sent_at,
    min(event_at) filter (where event_stage = 'delivered') as delivered_at,
    min(event_at) filter (where event_stage = 'clicked') as clicked_at,
    bool_or(event_stage = 'aborted') as is_aborted,
    bool_or(event_stage = 'failed') as is_failed,
    bool_or(event_stage = 'undelivered') as is_undelivered,
    bool_or(event_stage = 'complained') as is_complained,
    bool_or(event_stage = 'closed') as is_closed,
    count(*) filter (where event_stage = 'opened') as open_count,
    count(*) filter (where event_stage = 'clicked') as click_count,
    -- It reached the recipient: delivered, or for push, which reports no delivery, sent.
    if(channel = 'push', sent_at, delivered_at) as reached_at,
    epoch_us(delivered_at) - epoch_us(if(channel = 'iam', created_at, sent_at)) as us_to_delivery,
    epoch_us(clicked_at) - epoch_us(reached_at) as us_to_click
from linked
group by project_id, channel, campaign_id, recipient_key, message_number, orphan_date
having arg_min(trigger_type, event_order) is distinct from 'test';

-- 3. Count the five funnels at once. A stage that a channel cannot report is null, never 0.
create temp table funnels as
with

counts as (
    select
        project_id,
        campaign_id,
        journey_id,
        journey_step_id,
        channel,
        message_date,
        -- A bit for each of the four columns: 1 where a row is not grouped by it.
        case grouping(campaign_id, journey_id, journey_step_id, message_date)
            when 7 then 'campaign_funnel'
            when 6 then 'campaign_funnel_daily'
            when 11 then 'journey_funnel'
            when 9 then 'journey_step_funnel'
            when 14 then 'channel_funnel_daily'
        end as funnel,
        count(*) as messages,
        count(created_at) as created_messages,
        if(channel <> 'iam', count(*) filter (where is_aborted), null) as aborted_messages,
        if(channel <> 'iam', count(sent_at), null) as sent_messages,
        if(channel <> 'iam', count(*) filter (where is_failed), null) as failed_messages,
        if(channel <> 'push', count(delivered_at), null) as delivered_messages,
        if(
            channel in ('sms', 'kakaoalimtalk', 'kakaobrandmessage'), count(*) filter (where is_undelivered), null
        ) as undelivered_messages,
        if(channel = 'email', count(*) filter (where open_count > 0), null) as opened_messages,
        if(channel in ('push', 'email', 'iam'), count(clicked_at), null) as clicked_messages,
        if(channel = 'email', count(*) filter (where is_complained), null) as complained_messages,
        if(channel = 'iam', count(*) filter (where is_closed), null) as closed_messages,
        count(reached_at) as reached_messages,
        if(channel = 'email', sum(open_count), null)::bigint as open_events,
        if(channel in ('push', 'email', 'iam'), sum(click_count), null)::bigint as click_events,
        count(distinct person_key) filter (where reached_at is not null) as reached_recipients,
        if(
            channel in ('push', 'email', 'iam'), count(distinct person_key) filter (where clicked_at is not null), null
        ) as clicked_recipients,
        count(distinct journey_enrollment_id) as enrollments,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at,
        median(us_to_delivery) / 1e6 as median_seconds_to_delivery,
        median(us_to_click) / 1e6 as median_seconds_to_click
    from messages
    group by grouping sets (
        (project_id, campaign_id, channel),
        (project_id, campaign_id, channel, message_date),
        (project_id, journey_id, channel),
        (project_id, journey_id, journey_step_id, channel),
        (project_id, channel, message_date)
    )
)

select
    *,
    sent_messages / nullif(created_messages, 0) as sent_rate,
    aborted_messages / nullif(created_messages, 0) as abort_rate,
    failed_messages / nullif(sent_messages + failed_messages, 0) as failure_rate,
    delivered_messages / nullif(if(channel = 'iam', created_messages, sent_messages), 0) as delivery_rate,
    opened_messages / nullif(delivered_messages, 0) as open_rate,
    clicked_messages / nullif(reached_messages, 0) as click_rate,
    clicked_messages / nullif(opened_messages, 0) as click_to_open_rate,
    complained_messages / nullif(delivered_messages, 0) as complaint_rate
from counts;

create table campaign_funnel as
select * exclude (funnel, journey_id, journey_step_id, message_date, enrollments)
from funnels
where funnel = 'campaign_funnel';

create table campaign_funnel_daily as
select * exclude (funnel, journey_id, journey_step_id, enrollments, median_seconds_to_delivery, median_seconds_to_click)
from funnels
where funnel = 'campaign_funnel_daily';

create table journey_funnel as
select * exclude (funnel, campaign_id, journey_step_id, message_date)
from funnels
where funnel = 'journey_funnel' and journey_id is not null;

create table journey_step_funnel as
select * exclude (funnel, campaign_id, message_date)
from funnels
where funnel = 'journey_step_funnel' and journey_id is not null;

create table channel_funnel_daily as
select * exclude (
    funnel, campaign_id, journey_id, journey_step_id, enrollments, median_seconds_to_delivery, median_seconds_to_click
)
from funnels
where funnel = 'channel_funnel_daily';
