-- The events of the messages that start on days [$from_day, $to_day), as narrow rows: no text yet.
insert into events
with sends as (
    select * exclude (day, n), unnest(range(n)) as i from plan where day_no >= $from_day and day_no < $to_day
),

-- Some requests are made twice within the hour: the second takes person and time from the one before it.
numbered as (
    select *, hash(step_key, i) as h, (repeats and i > 0 and hash(i, run_key) % 24 = 0)::bigint as again from sends
),

drawn as (
    select *,
        hash(run_key, i - again) as run,
        hash(h, 1) as g,
        hash(h, 2) as f
    from numbered
),

created as (
    select *,
        case
            when is_test then i % 8
            when is_list then (i * 7919 + list_from) % person_count()
            else ((run & 16777215)::double * (run & 16777215)::double / 281474976710656.0 * person_count())::bigint % person_count()
        end as owner,
        day_from + delay_ms + again * (60000 + (h & 2097151)::bigint) + case
            when has_hour then hour_ms + (i * 900 + (h & 511)::bigint) % 2700000
            -- Seoul's 9 to 21 o'clock is the first half of the UTC day; a few come at any time.
            when (run >> 24) & 15 = 0 then ((run >> 28) & 134217727)::bigint % 86400000
            else (((run >> 28) & 65535) + ((run >> 44) & 65535))::bigint * 43200000 // 131072 + ((run >> 8) & 511)::bigint
        end as t0,
        (h & 65535) / 65536.0 as u0, ((h >> 16) & 65535) / 65536.0 as u1, ((h >> 32) & 65535) / 65536.0 as u2, ((h >> 48) & 65535) / 65536.0 as u3,
        -- Sums of four uniforms: near enough to a normal deviate.
        (((g & 65535) + ((g >> 16) & 65535) + ((g >> 32) & 65535) + ((g >> 48) & 65535)) / 65536.0 - 2) * 1.732 as z1,
        (((f & 65535) + ((f >> 16) & 65535) + ((f >> 32) & 65535) + ((f >> 48) & 65535)) / 65536.0 - 2) * 1.732 as z2
    from drawn
),

sent as (
    select *,
        if(channel_no in (0, 5) and not is_journey and f & 7 = 0 and owner < person_count() // 10, owner + person_count(), owner) as person,
        case when channel_no = 5 then 0 when u0 < abort_rate then 2 when u0 < abort_rate + fail_rate then 3 else 1 end as outcome,
        t0 + case when g & 63 = 0 then 0 when u0 < abort_rate then (g & 511)::bigint else 200 + exp(6.6 + 0.9 * z1)::bigint end as t1
    from created
),

delivered as (
    select *,
        case
            when channel_no = 0 or outcome > 1 then 0
            when u1 < deliver_rate then 4
            when channel_no in (1, 2, 3) and u1 < 0.992 then 5
            else 0
        end as delivery,
        if(channel_no = 5, t0 + exp(13.5 + 1.8 * z2)::bigint, t1 + 800 + exp(8.5 + z2)::bigint) as t2
    from sent
),

messages as materialized (
    select
        campaign, channel_no, person, h, g, f, t0, t1, t2, outcome, delivery, z1, z2,
        if(is_journey, run, null) as run,
        delivery = 4 and channel_no = 4 and u2 < open_rate as is_opened,
        t2 + exp(15.2 + 1.5 * z1)::bigint as t3,
        case channel_no when 0 then outcome = 1 and u3 < click_rate when 5 then delivery = 4 and u3 < click_rate
            else delivery = 4 and (u2 < open_rate or u2 > 0.995) and u3 < click_rate end as is_clicked
    from delivered
),

clicks as materialized (
    select *,
        case channel_no when 0 then t1 + exp(14 + 1.6 * z2)::bigint when 5 then t2 + exp(8.5 + 0.8 * z1)::bigint
            else if(is_opened, t3, t2) + exp(10.5 + 1.2 * z2)::bigint end
        -- A few click more than thirty days later.
        + if(f & 255 < 2, 2600000000 + (g & 268435455)::bigint, 0) as t4
    from messages where is_clicked
),

staged as (
    select campaign, channel_no, person, h, run, 0 as stage_no, 0 as nth, t0 as t, g from messages where g % 200 > 0
    union all select campaign, channel_no, person, h, run, outcome, 0, t1, g from messages where outcome > 0
    union all select campaign, channel_no, person, h, run, delivery, 0, t2, g from messages where delivery > 0
    -- A quarter of the opened have their first opening from a machine that loads the images within two seconds.
    union all select campaign, channel_no, person, h, run, 6, nth,
            if(nth = 0 and hash(h, 3) & 3 = 0, t2 + 150 + ((hash(h, 3) >> 8) % 1800)::bigint, t3 + nth * (3600000 + (f & 67108863)::bigint)), g
        from messages, (values (0), (1), (2)) as nths (nth) where is_opened and nth <= choose([0, 0, 0, 0, 0, 1, 1, 2], f >> 40)
    union all select campaign, channel_no, person, h, run, 7, nth, t4 + nth * (9000 + (g & 8388607)::bigint), g
        from clicks, (values (0), (1)) as nths (nth) where nth = 0 or (f >> 50) % 12 = 0
    union all select campaign, channel_no, person, h, run, 8, 0, t3 + 600000, g from messages where channel_no = 4 and delivery = 4 and f % 2000 = 0
    union all select campaign, channel_no, person, h, run, 9, 0, t2 + exp(9 + 0.9 * z2)::bigint, g
        from messages where channel_no = 5 and delivery = 4 and not is_clicked and f % 4 > 0
),

keyed as (
    select *, hash(h, stage_no, nth) as x, (t // 86400000)::integer as day from staged where t < (first_day() + day_count()) * 86400000
)

select
    e.t, e.x, e.run,
    (e.campaign * 32 + e.stage_no * 2 + if((e.stage_no = 7 and e.channel_no = 0 or e.stage_no >= 4 and e.channel_no = 5) and e.g % 5 > 1, 1, 0))::integer as shape,
    e.person::integer as person,
    case
        when pick_of(e.x) < picks('altered') then 2
        when d.has_late_file and e.x % 32 = 0 then 3
        when d.is_split and e.channel_no not in (0, 5) then 1
        else 0
    end::utinyint as file_no,
    case when pick_of(e.x) < picks('violation') then 2 when pick_of(e.x) < picks('altered') then 3 else 0 end::utinyint as tag
from keyed as e
inner join days as d on e.day = d.day;
