-- Customer events of one project: what people did, with free-form data. tag 1: duplicate, 2: data is no JSON.
create or replace table customers as
with numbered as (
    select d.day, d.date_text, hash(draw('customer', d.day_no), i) as x
    from days as d, lateral (select unnest(range(customer_events_per_day())) as i) as numbers
),

drawn as (
    select *,
        ((x & 65535) * (x & 65535) / 4294967296.0 * person_count())::integer % person_count() as person,
        day::bigint * 86400000 + ((x >> 16) % 86400000)::bigint as t,
        choose(['product_viewed', 'product_viewed', 'product_viewed', 'product_viewed', 'cart_added', 'cart_added', 'search', 'wishlist_added',
            'order_completed', 'signup_completed'], x >> 40) as type,
        pick_of(x) as pick
    from numbered
)

select t, x, day, person, type, if(pick < picks('altered'), 2, 0)::utinyint as tag from drawn
union all
select t, x, day, person, type, 1 from drawn where pick >= picks('altered') and pick < picks('duplicate');

create or replace view customer_rows as
select
    c.day, c.tag,
    concat(head.text, hi.text, lo.text, hex(c.x | 9223372036854775808::ubigint)) as id,
    c.type,
    concat(d.date_text, sec.text, ms.text) as time,
    p.userid,
    if(p.userid is null or c.x & 1 = 0, p.deviceid, null) as deviceid,
    case
        when c.tag = 2 then choose(['{"product": "사과', '[object Object]', '{''price'': 3000}'], c.x)
        when c.type = 'signup_completed' and c.x & 2 = 0 then null
        when c.type = 'search' then concat('{"query":"', g.product, '","results":', c.x % 97, '}')
        when c.type = 'order_completed' then concat('{"order_id":"', c.x % 1000000, '","total":', (c.x % 900 + 10) * 100, ',"currency":"KRW","items":[{"name":"', g.product, '","quantity":', c.x % 4 + 1, '}]}')
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
