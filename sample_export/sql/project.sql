-- One project's dimensions. Numbers and texts come from hash(seed(), ...), so the same parameters give the same rows.
create or replace macro draw(a, b) as hash(seed(), project_no(), a, b);
create or replace macro share_of(h) as (h & 65535) / 65536.0;
create or replace macro choose(options, h) as options[(h % len(options)::ubigint)::bigint + 1];
create or replace macro as_uuid(m) as concat(m[1:8], '-', m[9:12], '-', m[13:16], '-', m[17:20], '-', m[21:32]);
create or replace macro identifier(a, b) as as_uuid(md5(concat_ws('|', seed(), project_no(), a, b)));

create or replace table days as
select
    (first_day() + offset_)::integer as day,
    offset_::integer as day_no,
    (date '1970-01-01' + (first_day() + offset_)::integer)::date as date,
    concat(date::varchar, 'T') as date_text,
    isodow(date) as weekday,
    draw('split', offset_) % 3 = 0 as is_split,
    late_files() and offset_ < day_count() - 4 and (draw('late', offset_) % 8 = 0 or offset_ = 1) as has_late_file
from range(day_count()) as offsets (offset_);

-- The pieces of an event id and of a time: joining short texts is far cheaper than formatting each row.
create or replace table ulid_pair as
select
    k::integer as k,
    concat('0123456789ABCDEFGHJKMNPQRSTVWXYZ'[(k >> 5) + 1], '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[(k & 31) + 1]) as text
from range(1024) as keys (k);

create or replace table ulid_head as
select keys.k::integer as k, concat(a.text, b.text, c.text) as text
from range((first_day() * 86400000) >> 20, (((first_day() + day_count()) * 86400000) >> 20) + 1) as keys (k)
inner join ulid_pair as a on (keys.k >> 20) = a.k
inner join ulid_pair as b on ((keys.k >> 10) & 1023) = b.k
inner join ulid_pair as c on (keys.k & 1023) = c.k;

create or replace table clock_second as
select k::integer as k, concat((time '00:00:00' + to_seconds(k))::varchar, '.') as text from range(86400) as keys (k);

create or replace table clock_ms as
select k::integer as k, concat(lpad(k::varchar, 3, '0'), 'Z') as text from range(1000) as keys (k);

-- One row per person, then second devices of the first tenth of them. An eighth is known by device or address only.
create or replace table persons as
select
    n::integer as person,
    case when draw('user', owner) % 8 > 0 then concat('m', 1000000 + owner) end as userid,
    identifier('device', n) as deviceid,
    concat('0100', lpad(((owner * 7919 + 1234567) % 10000000)::varchar, 7, '0')) as phone,
    concat(choose(['minji', 'jihoon', 'soyeon', 'alex', 'sam', 'haneul', 'robin', 'yuna'], draw('name', owner)), owner, '@example.', if(owner % 3 = 0, 'com', 'kr')) as email,
    choose(['android', 'android', 'android', 'android', 'android', 'ios', 'ios', 'ios', 'webDesktop', 'webMobile'], draw('platform', n)) as platform,
    case platform when 'android' then 'fcm' when 'ios' then 'apns' else 'webpush' end as provider
from range(person_count() + person_count() // 10) as numbers (n), lateral (select n % person_count() as owner) as owners;

-- A run of a campaign; a renamed campaign is two rows with one campaign_id, one before and one after the change.
create or replace table campaigns as
with runs as (
    select *, unnest(case
        when every is null then [0]
        when kind = 'blast' then range((ordinal % every)::bigint, day_count(), every)
        else range(0, day_count(), every)
    end) as from_day
    from (select *, dense_rank() over (order by code) as ordinal from catalogue where lang = language())
),

named as (
    select * exclude (ordinal),
        concat(code, from_day) as run,
        if(kind = 'blast', concat(name, strftime(date '1970-01-01' + (first_day() + from_day)::integer, ' (%m-%d)')), name) as run_name,
        least(from_day + coalesce(lasts, day_count()), day_count()) as to_day
    from runs
),

versions as (
    select * replace (if(renamed is null, to_day, least(to_day, greatest(from_day, day_count() // 2))) as to_day) from named
    union all
    select * replace (renamed as run_name, greatest(from_day, day_count() // 2) as from_day) from named where renamed is not null
)

select
    (row_number() over (order by v.code, v.channel, v.from_day, v.run_name) - 1)::integer as campaign,
    v.*,
    s.channel_no,
    identifier('campaign', v.run) as campaign_id,
    case v.kind when 'blast' then 'console' when 'banner' then 'console' else v.kind end as trigger_type,
    draw('rates', concat(v.run, v.channel)) as rates
from versions as v
inner join (select distinct channel, channel_no from stages) as s on v.channel = s.channel
where v.from_day < v.to_day;

-- The columns that follow from a campaign, a stage and whether an SDK event came without its context (bare).
create or replace table shapes as
select
    c.campaign * 32 + s.stage_no * 2 + bare as shape,
    s.type, s.channel, s.channel_no, s.stage_no,
    c.campaign_id,
    if(bare = 1, null, c.run_name) as campaign_name,
    if(bare = 1, null, c.trigger_type) as trigger_type,
    if(bare = 0 and c.kind = 'journey', identifier('journey', c.journey), null) as journey_id,
    if(bare = 0, c.journey, null) as journey_name,
    if(bare = 0 and c.kind = 'journey', identifier('step', concat(c.code, c.channel)), null) as journey_step_id,
    if(bare = 0 and c.kind = 'recurring', identifier('recurring', c.code), null) as recurring_message_id,
    case s.channel when 'sms' then '01000001588' when 'email' then if(c.lang = 'ko', 'news@example.kr', 'hello@example.com') end as sender,
    if(bare = 1 and s.channel = 'push', null, c.subject) as subject,
    if(bare = 1 and s.channel = 'push', null, c.body) as body,
    if(s.channel in ('kakaoalimtalk', 'email') or (s.channel = 'push' and c.rates % 2 = 0 and bare = 0), identifier('template', c.code), null) as template_id,
    if(template_id is not null and c.rates % 5 > 0, concat(c.code, '-template'), null) as template_name,
    if(s.channel = 'iam', null, c.message_type) as message_type,
    if(s.channel in ('sms', 'kakaobrandmessage'), c.ad, null) as is_advertisement,
    if(s.channel = 'kakaoalimtalk', upper(concat(c.lang, '_', replace(c.code, '-', '_'))), null) as kakaoalimtalk_template_code,
    if(s.channel = 'kakaobrandmessage', md5(concat(seed(), project_no(), 'sender')), null) as kakao_sender_key,
    if(s.channel = 'iam', c.message_type, null) as iam_group,
    if(s.type = 'iam.clicked', choose(['cta-primary', 'cta-detail', 'image'], c.rates), null) as iam_clickable_id,
    s.channel in ('push', 'iam') as has_device,
    (s.channel = 'push' or (s.channel = 'iam' and s.stage_no > 0)) as has_platform,
    (s.channel = 'push' and s.stage_no in (1, 3)) as has_provider,
    s.type = 'push.sent' as has_provider_id,
    s.type = 'iam.closed' as is_closed,
    -- The group of its error, by channel: see errors.
    8 * case s.stage_no
        when 2 then 1
        when 3 then [2, 3, 4, 4, 5][s.channel_no + 1]
        when 5 then if(s.channel_no = 1, 6, 7)
        else 0
    end::integer as error_from
from campaigns as c
inner join stages as s on c.channel = s.channel
cross join (values (0), (1)) as variants (bare)
where bare = 0 or s.type in ('push.clicked', 'iam.displayed', 'iam.clicked', 'iam.closed')
order by shape;

-- How many messages of each campaign start on each day. The steps of a journey share run_key, so that its n-th run is
-- one person's, and a later step, which fewer runs reach, takes the first n of them.
create or replace table plan as
with volumes as (
    select *, messages_per_day() * (0.85 + 0.3 * share_of(draw('volume', day_no))) * if(weekday > 5, 0.8, 1.05) as volume from days
),

active as (
    select
        d.day, d.day_no, c.*,
        d.volume * c.share / sum(c.share * c.reach) over (partition by d.day) as runs,
        draw(coalesce(c.journey, concat(c.code, c.channel)), d.day_no) as run_key
    from volumes as d
    inner join campaigns as c on d.day_no >= c.from_day and d.day_no < c.to_day
)

select
    day, day_no, campaign, channel_no, run_key,
    floor(runs * reach + share_of(run_key >> 8))::bigint as n,
    draw('step', concat(code, channel, day_no)) as step_key,
    kind = 'api' as repeats,
    kind = 'test' as is_test,
    kind = 'journey' as is_journey,
    kind in ('blast', 'recurring') and hour is not null as is_list,
    (if(kind = 'recurring', draw('audience', code), run_key) % person_count())::bigint as list_from,
    day::bigint * 86400000 as day_from,
    (coalesce(hour - 9, 0) * 3600000)::bigint as hour_ms,
    hour is not null as has_hour,
    (delay_hours * 3600000)::bigint as delay_ms,
    -- Rates as shares of the step before: between half and one and a half times the channel's usual one.
    0.02 + 0.05 * share_of(rates) as abort_rate,
    0.01 + 0.04 * share_of(rates >> 16) as fail_rate,
    case channel when 'iam' then 0.45 + 0.3 * share_of(rates >> 8) when 'email' then 0.985 else 0.95 + 0.035 * share_of(rates >> 8) end as deliver_rate,
    0.12 + 0.26 * share_of(rates >> 24) as open_rate,
    case channel when 'push' then 0.02 + 0.07 * share_of(rates >> 32) when 'email' then 0.05 + 0.14 * share_of(rates >> 32)
        when 'iam' then 0.06 + 0.16 * share_of(rates >> 32) else 0 end as click_rate
from active
order by day, campaign;
