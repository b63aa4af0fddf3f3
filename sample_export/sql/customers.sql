-- Customer events of one project: what people did, with free-form data, and the platform's own echoes.
-- tag 1: duplicate, 2: data is no JSON, 4: a broken copy of a good row, whose reason is in fault.
create or replace table customers as
with on_their_own as (
    select
        hash(draw('customer', d.day_no), i) as x,
        ((x & 65535) * (x & 65535) / 4294967296.0 * person_count())::integer % person_count() as person,
        day::bigint * 86400000 + ((x >> 16) % 86400000)::bigint as t,
        choose(['product_viewed', 'product_viewed', 'product_viewed', 'product_viewed', 'cart_added', 'cart_added', 'search', 'wishlist_added',
            'order_completed', 'signup_completed'], x >> 40) as type
    from days as d, lateral (select unnest(range(customer_events_per_day())) as i) as numbers
),

-- The events of messages that came to be: what is broken or repeated is no more than that. 1: sent, 4: delivered
-- or displayed, 7: clicked.
stages_passed as (
    select t, person, hash(x, 7) as x, (shape >> 1) & 15 as stage_no, shape from events where tag not in (1, 4)
),

-- Some act after a message, more of them after a click, most of them soon.
after_messages as (
    select
        x,
        person,
        t + 20000 + exp(if(stage_no = 7, 13.5, 15.5) + 1.3 * (((x & 65535) + ((x >> 16) & 65535) + ((x >> 32) & 65535)) / 65536.0 - 1.5) * 2)::bigint as t,
        choose(['product_viewed', 'product_viewed', 'product_viewed', 'cart_added', 'order_completed', 'order_completed', 'order_completed', 'signup_completed'], x >> 50)
            as type
    from stages_passed
    where (x >> 20) & 1023 < case stage_no when 7 then 260 when 1 then 22 else 0 end
),

echoes as (
    select
        e.x + 1 as x, e.person, e.t + 150 + (e.x & 1023)::bigint as t,
        if(e.stage_no = 7, '@clicked', '@iam_displayed') as type
    from stages_passed as e
    inner join shapes as s on e.shape = s.shape
    where (e.stage_no = 7 and s.channel_no = 0) or (e.stage_no = 4 and s.channel_no = 5 and e.x & 3 = 0)
),

drawn as (
    select *, pick_of(x) as pick, (t // 86400000)::integer as day
    from (select t, x, person, type from on_their_own
        union all select t, x, person, type from after_messages
        union all select t, x, person, type from echoes)
    where t < (first_day() + day_count()) * 86400000
)

select t, x, day, person, type, if(pick < picks('altered'), 2, 0)::utinyint as tag, null as fault from drawn
union all
select t, x, day, person, type, 1, null from drawn where pick >= picks('altered') and pick < picks('duplicate')
union all
select t, x, day, person, type, 4,
    choose(['missing_id', 'missing_time', 'invalid_time', 'missing_type', 'partition_date_mismatch', 'missing_person'], x >> 44)
from drawn where pick >= picks('duplicate') and pick < picks('rejected');

create or replace view customer_rows as
select
    c.day, c.tag,
    case when c.fault = 'missing_id' then if(c.x & 1 = 0, '', null)
        else concat(head.text, hi.text, lo.text, hex(c.x | 9223372036854775808::ubigint)) end as id,
    case when c.fault = 'missing_type' then if(c.x & 1 = 0, '', null) else c.type end as type,
    case c.fault
        when 'missing_time' then if(c.x & 1 = 0, '', null)
        when 'invalid_time' then choose([d.date::varchar, 'epoch', concat(d.date_text, '25:00:00Z'), c.t::varchar], c.x)
        when 'partition_date_mismatch' then concat(d.date + 1, 'T', sec.text, ms.text)
        else concat(d.date_text, sec.text, ms.text)
    end as time,
    -- Before they sign in, people are known by their device alone; some are at every visit.
    case when c.fault = 'missing_person' then if(c.x & 1 = 0, '', null) when (c.x >> 4) & 15 > 0 then p.userid end as userid,
    case when c.fault = 'missing_person' then if(c.x & 2 = 0, '', null)
        when p.userid is null or (c.x >> 4) & 15 = 0 or c.x & 1 = 0 then p.deviceid end as deviceid,
    case
        when c.tag = 2 then choose(['{"product": "사과', '[object Object]', '{''price'': 3000}', '{"price": 3000,}'], c.x)
        when c.type = '@clicked' then '{"source":"push"}'
        when c.type = '@iam_displayed' then null
        when c.type = 'signup_completed' and c.x & 2 = 0 then null
        when c.type = 'search' then concat('{"query":"', g.product, '","results":', c.x % 97, '}')
        when c.type = 'order_completed' and language() = 'ko' then concat(
            '{"order_id":"', c.x % 1000000, '","total":', if(c.x % 29 = 0, '"12,300원"', ((c.x % 900 + 10) * 100)::varchar),
            ',"currency":"KRW","items":[{"name":"', g.product, '","quantity":', c.x % 4 + 1, '}]}')
        -- Fares come as texts, and so do seats, where they are given.
        when c.type = 'order_completed' then concat(
            '{"kind":"', if(c.x % 5 = 0, 'lounge', 'booking'), '","fare":{"amount":"', 60 + c.x % 700, '.', lpad((c.x % 100)::varchar, 2, '0'),
            '","currency":"USD"}', choose([',"seats":"1"', ',"seats":"2"', ',"seats":2', ',"seats":null', ''], c.x >> 9), '}')
        when c.type = 'signup_completed' then '{"channel":"카카오","consent":{"marketing":true,"night":false}}'
        else concat('{"product":"', g.product, '","category":"', g.category, '","price":', (c.x % 900 + 10) * 100, '}')
    end as data,
    if(c.x % 10 = 0, null, p.platform) as platform
from customers as c
inner join persons as p on c.person = p.person
inner join products as g on (c.x % 7)::integer = g.product_no
inner join days as d on c.day = d.day
inner join clock_second as sec on ((c.t // 1000) % 86400)::integer = sec.k
inner join clock_ms as ms on (c.t % 1000)::integer = ms.k
inner join ulid_head as head on (c.t >> 20)::integer = head.k
inner join ulid_pair as hi on ((c.t >> 10) & 1023)::integer = hi.k
inner join ulid_pair as lo on (c.t & 1023)::integer = lo.k;
