-- The peer: what an analyst would write by hand for the same numbers. Read, validate, dedupe, link with one window,
-- aggregate to messages, five funnels, nothing else: no tests, no docs, no rules, no list of files, no incremental
-- build, no staging by channel. $root is the export.
set TimeZone = 'UTC';
set preserve_insertion_order = false;

create table events as
with typed as (
    select
        nullif(id, '') as event_id,
        nullif(type, '') as event_type,
        nullif(channel, '') as channel,
        case
            when regexp_full_match(
                "time", '\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)'
            ) then try_cast(upper("time") as timestamptz)::timestamp
        end as event_at,
        projectid as project_id,
        "date" as event_date,
        nullif(deviceid, '') as device_id,
        nullif(userid, '') as user_id,
        left(sha256('benchmark key' || '|' || nullif(recipient, '')), 32) as recipient_hash,
        nullif(campaign_id, '') as campaign_id,
        nullif(campaign_name, '') as campaign_name,
        nullif(trigger_type, '') as trigger_type,
        nullif(journey_id, '') as journey_id,
        nullif(journey_name, '') as journey_name,
        nullif(journey_step_id, '') as journey_step_id,
        nullif(journey_enrollment_id, '') as journey_enrollment_id,
        nullif(recurring_message_id, '') as recurring_message_id,
        nullif(template_id, '') as template_id,
        nullif(platform, '') as platform,
        nullif(provider, '') as provider,
        nullif(message_type, '') as message_type,
        is_advertisement,
        nullif("error", '') as error
    from read_parquet(
        '$root/crm_events/*/*/*.parquet',
        union_by_name = true, hive_partitioning = true, hive_types = {projectid: varchar, "date": date}
    )
)
select
    *,
    case event_type
        when 'email.complaint' then 'complained' when 'iam.displayed' then 'delivered'
        else split_part(event_type, '.', 2)
    end as event_stage
from typed
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
    and coalesce(device_id, user_id, recipient_hash) is not null
qualify row_number() over (partition by project_id, event_id order by event_at) = 1;

create table messages as
with ordered as (
    select
        *,
        coalesce('d' || device_id, 'u' || user_id, 'r' || recipient_hash) as recipient,
        last_value(case when event_stage = 'created' then event_id end ignore nulls) over thread as created_id,
        last_value(case when event_stage = 'created' then event_at end ignore nulls) over thread as created_time,
        row_number() over thread as event_order
    from events
    window thread as (
        partition by project_id, channel, campaign_id, coalesce('d' || device_id, 'u' || user_id, 'r' || recipient_hash)
        order by event_at, event_stage <> 'created', event_id
        rows between unbounded preceding and current row
    )
),
linked as (
    select
        *,
        case when created_time >= event_at - interval 720 hours then created_id end as created_event_id,
        case when created_time >= event_at - interval 720 hours then null else event_date end as orphan_date
    from ordered
)
select
    arg_min(event_id, event_order) as message_id,
    project_id,
    channel,
    campaign_id,
    min(event_at) as message_at,
    min(event_at)::date as message_date,
    arg_min(trigger_type, event_order) as trigger_type,
    arg_min(journey_id, event_order) as journey_id,
    arg_min(journey_step_id, event_order) as journey_step_id,
    arg_min(journey_enrollment_id, event_order) as journey_enrollment_id,
    arg_min(recurring_message_id, event_order) as recurring_message_id,
    arg_min(template_id, event_order) as template_id,
    arg_min(platform, event_order) as platform,
    arg_min(provider, event_order) as provider,
    arg_min(message_type, event_order) as message_type,
    arg_min(is_advertisement, event_order) as is_advertisement,
    arg_min(device_id, event_order) as device_id,
    arg_min(user_id, event_order) as user_id,
    arg_min(error, event_order) as error,
    arg_min(coalesce(user_id, device_id, recipient_hash), event_order) as person_key,
    min(event_at) filter (where event_stage = 'created') as created_at,
    min(event_at) filter (where event_stage = 'aborted') as aborted_at,
    min(event_at) filter (where event_stage = 'sent') as sent_at,
    min(event_at) filter (where event_stage = 'failed') as failed_at,
    min(event_at) filter (where event_stage = 'delivered') as delivered_at,
    min(event_at) filter (where event_stage = 'undelivered') as undelivered_at,
    min(event_at) filter (where event_stage = 'opened') as opened_at,
    min(event_at) filter (where event_stage = 'clicked') as clicked_at,
    min(event_at) filter (where event_stage = 'complained') as complained_at,
    min(event_at) filter (where event_stage = 'closed') as closed_at,
    count(*) as event_count,
    count(*) filter (where event_stage = 'opened') as open_count,
    count(*) filter (where event_stage = 'clicked') as click_count
from linked
group by project_id, channel, campaign_id, recipient, created_event_id, orphan_date;

create view counted_messages as
select
    *,
    case when channel = 'push' then sent_at else delivered_at end as reached_at,
    epoch(delivered_at) - epoch(case when channel = 'iam' then created_at else sent_at end) as seconds_to_delivery,
    epoch(clicked_at) - epoch(case when channel = 'push' then sent_at else delivered_at end) as seconds_to_click
from messages
where trigger_type is distinct from 'test';

create table campaign_funnel as
with counts as (
    select
        project_id,
        campaign_id,
        channel,
        count(*) as messages,
        count(created_at) as created_messages,
        case when channel <> 'iam' then count(aborted_at) end as aborted_messages,
        case when channel <> 'iam' then count(sent_at) end as sent_messages,
        case when channel <> 'iam' then count(failed_at) end as failed_messages,
        case when channel <> 'push' then count(delivered_at) end as delivered_messages,
        case when channel in ('sms', 'kakaoalimtalk', 'kakaobrandmessage') then count(undelivered_at) end as undelivered_messages,
        case when channel = 'email' then count(opened_at) end as opened_messages,
        case when channel in ('push', 'email', 'iam') then count(clicked_at) end as clicked_messages,
        case when channel = 'email' then count(complained_at) end as complained_messages,
        case when channel = 'iam' then count(closed_at) end as closed_messages,
        count(reached_at) as reached_messages,
        case when channel = 'email' then sum(open_count) end as open_events,
        case when channel in ('push', 'email', 'iam') then sum(click_count) end as click_events,
        count(distinct person_key) filter (where reached_at is not null) as reached_recipients,
        case when channel in ('push', 'email', 'iam') then count(distinct person_key) filter (where clicked_at is not null) end as clicked_recipients,
        median(seconds_to_delivery) as median_seconds_to_delivery,
        median(seconds_to_click) as median_seconds_to_click,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from counted_messages
    group by project_id, campaign_id, channel
)
select
    *,
    sent_messages / nullif(created_messages, 0) as sent_rate,
    aborted_messages / nullif(created_messages, 0) as abort_rate,
    failed_messages / nullif(sent_messages + failed_messages, 0) as failure_rate,
    delivered_messages / nullif(case when channel = 'iam' then created_messages else sent_messages end, 0) as delivery_rate,
    opened_messages / nullif(delivered_messages, 0) as open_rate,
    clicked_messages / nullif(reached_messages, 0) as click_rate,
    clicked_messages / nullif(opened_messages, 0) as click_to_open_rate,
    complained_messages / nullif(delivered_messages, 0) as complaint_rate
from counts;

create table campaign_funnel_daily as
with counts as (
    select
        project_id,
        campaign_id,
        channel,
        message_date,
        count(*) as messages,
        count(created_at) as created_messages,
        case when channel <> 'iam' then count(aborted_at) end as aborted_messages,
        case when channel <> 'iam' then count(sent_at) end as sent_messages,
        case when channel <> 'iam' then count(failed_at) end as failed_messages,
        case when channel <> 'push' then count(delivered_at) end as delivered_messages,
        case when channel in ('sms', 'kakaoalimtalk', 'kakaobrandmessage') then count(undelivered_at) end as undelivered_messages,
        case when channel = 'email' then count(opened_at) end as opened_messages,
        case when channel in ('push', 'email', 'iam') then count(clicked_at) end as clicked_messages,
        case when channel = 'email' then count(complained_at) end as complained_messages,
        case when channel = 'iam' then count(closed_at) end as closed_messages,
        count(reached_at) as reached_messages,
        case when channel = 'email' then sum(open_count) end as open_events,
        case when channel in ('push', 'email', 'iam') then sum(click_count) end as click_events,
        count(distinct person_key) filter (where reached_at is not null) as reached_recipients,
        case when channel in ('push', 'email', 'iam') then count(distinct person_key) filter (where clicked_at is not null) end as clicked_recipients,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from counted_messages
    group by project_id, campaign_id, channel, message_date
)
select
    *,
    sent_messages / nullif(created_messages, 0) as sent_rate,
    aborted_messages / nullif(created_messages, 0) as abort_rate,
    failed_messages / nullif(sent_messages + failed_messages, 0) as failure_rate,
    delivered_messages / nullif(case when channel = 'iam' then created_messages else sent_messages end, 0) as delivery_rate,
    opened_messages / nullif(delivered_messages, 0) as open_rate,
    clicked_messages / nullif(reached_messages, 0) as click_rate,
    clicked_messages / nullif(opened_messages, 0) as click_to_open_rate,
    complained_messages / nullif(delivered_messages, 0) as complaint_rate
from counts;

create table journey_funnel as
with counts as (
    select
        project_id,
        journey_id,
        channel,
        count(*) as messages,
        count(created_at) as created_messages,
        case when channel <> 'iam' then count(aborted_at) end as aborted_messages,
        case when channel <> 'iam' then count(sent_at) end as sent_messages,
        case when channel <> 'iam' then count(failed_at) end as failed_messages,
        case when channel <> 'push' then count(delivered_at) end as delivered_messages,
        case when channel in ('sms', 'kakaoalimtalk', 'kakaobrandmessage') then count(undelivered_at) end as undelivered_messages,
        case when channel = 'email' then count(opened_at) end as opened_messages,
        case when channel in ('push', 'email', 'iam') then count(clicked_at) end as clicked_messages,
        case when channel = 'email' then count(complained_at) end as complained_messages,
        case when channel = 'iam' then count(closed_at) end as closed_messages,
        count(reached_at) as reached_messages,
        case when channel = 'email' then sum(open_count) end as open_events,
        case when channel in ('push', 'email', 'iam') then sum(click_count) end as click_events,
        count(distinct person_key) filter (where reached_at is not null) as reached_recipients,
        case when channel in ('push', 'email', 'iam') then count(distinct person_key) filter (where clicked_at is not null) end as clicked_recipients,
        count(distinct journey_enrollment_id) as enrollments,
        median(seconds_to_delivery) as median_seconds_to_delivery,
        median(seconds_to_click) as median_seconds_to_click,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from counted_messages
    where journey_id is not null
    group by project_id, journey_id, channel
)
select
    *,
    sent_messages / nullif(created_messages, 0) as sent_rate,
    aborted_messages / nullif(created_messages, 0) as abort_rate,
    failed_messages / nullif(sent_messages + failed_messages, 0) as failure_rate,
    delivered_messages / nullif(case when channel = 'iam' then created_messages else sent_messages end, 0) as delivery_rate,
    opened_messages / nullif(delivered_messages, 0) as open_rate,
    clicked_messages / nullif(reached_messages, 0) as click_rate,
    clicked_messages / nullif(opened_messages, 0) as click_to_open_rate,
    complained_messages / nullif(delivered_messages, 0) as complaint_rate
from counts;

create table journey_step_funnel as
with counts as (
    select
        project_id,
        journey_id,
        journey_step_id,
        channel,
        count(*) as messages,
        count(created_at) as created_messages,
        case when channel <> 'iam' then count(aborted_at) end as aborted_messages,
        case when channel <> 'iam' then count(sent_at) end as sent_messages,
        case when channel <> 'iam' then count(failed_at) end as failed_messages,
        case when channel <> 'push' then count(delivered_at) end as delivered_messages,
        case when channel in ('sms', 'kakaoalimtalk', 'kakaobrandmessage') then count(undelivered_at) end as undelivered_messages,
        case when channel = 'email' then count(opened_at) end as opened_messages,
        case when channel in ('push', 'email', 'iam') then count(clicked_at) end as clicked_messages,
        case when channel = 'email' then count(complained_at) end as complained_messages,
        case when channel = 'iam' then count(closed_at) end as closed_messages,
        count(reached_at) as reached_messages,
        case when channel = 'email' then sum(open_count) end as open_events,
        case when channel in ('push', 'email', 'iam') then sum(click_count) end as click_events,
        count(distinct person_key) filter (where reached_at is not null) as reached_recipients,
        case when channel in ('push', 'email', 'iam') then count(distinct person_key) filter (where clicked_at is not null) end as clicked_recipients,
        count(distinct journey_enrollment_id) as enrollments,
        median(seconds_to_delivery) as median_seconds_to_delivery,
        median(seconds_to_click) as median_seconds_to_click,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from counted_messages
    where journey_id is not null
    group by project_id, journey_id, journey_step_id, channel
)
select
    *,
    sent_messages / nullif(created_messages, 0) as sent_rate,
    aborted_messages / nullif(created_messages, 0) as abort_rate,
    failed_messages / nullif(sent_messages + failed_messages, 0) as failure_rate,
    delivered_messages / nullif(case when channel = 'iam' then created_messages else sent_messages end, 0) as delivery_rate,
    opened_messages / nullif(delivered_messages, 0) as open_rate,
    clicked_messages / nullif(reached_messages, 0) as click_rate,
    clicked_messages / nullif(opened_messages, 0) as click_to_open_rate,
    complained_messages / nullif(delivered_messages, 0) as complaint_rate
from counts;

create table channel_funnel_daily as
with counts as (
    select
        project_id,
        channel,
        message_date,
        count(*) as messages,
        count(created_at) as created_messages,
        case when channel <> 'iam' then count(aborted_at) end as aborted_messages,
        case when channel <> 'iam' then count(sent_at) end as sent_messages,
        case when channel <> 'iam' then count(failed_at) end as failed_messages,
        case when channel <> 'push' then count(delivered_at) end as delivered_messages,
        case when channel in ('sms', 'kakaoalimtalk', 'kakaobrandmessage') then count(undelivered_at) end as undelivered_messages,
        case when channel = 'email' then count(opened_at) end as opened_messages,
        case when channel in ('push', 'email', 'iam') then count(clicked_at) end as clicked_messages,
        case when channel = 'email' then count(complained_at) end as complained_messages,
        case when channel = 'iam' then count(closed_at) end as closed_messages,
        count(reached_at) as reached_messages,
        case when channel = 'email' then sum(open_count) end as open_events,
        case when channel in ('push', 'email', 'iam') then sum(click_count) end as click_events,
        count(distinct person_key) filter (where reached_at is not null) as reached_recipients,
        case when channel in ('push', 'email', 'iam') then count(distinct person_key) filter (where clicked_at is not null) end as clicked_recipients,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from counted_messages
    group by project_id, channel, message_date
)
select
    *,
    sent_messages / nullif(created_messages, 0) as sent_rate,
    aborted_messages / nullif(created_messages, 0) as abort_rate,
    failed_messages / nullif(sent_messages + failed_messages, 0) as failure_rate,
    delivered_messages / nullif(case when channel = 'iam' then created_messages else sent_messages end, 0) as delivery_rate,
    opened_messages / nullif(delivered_messages, 0) as open_rate,
    clicked_messages / nullif(reached_messages, 0) as click_rate,
    clicked_messages / nullif(opened_messages, 0) as click_to_open_rate,
    complained_messages / nullif(delivered_messages, 0) as complaint_rate
from counts;
