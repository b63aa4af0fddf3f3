-- The events as the export's rows: each text comes from a dimension, joined as written (probe side first).
create or replace view event_rows as
select
    e.t, e.x, e.file_no, e.tag, d.day, d.date, d.day_no,
    concat(head.text, hi.text, lo.text, hex(e.x | 9223372036854775808::ubigint)) as id,
    s.type,
    s.channel,
    concat(d.date_text, sec.text, ms.text) as time,
    if(s.has_device, p.deviceid, null) as deviceid,
    p.userid,
    s.campaign_id,
    s.campaign_name,
    s.trigger_type,
    s.journey_id,
    s.journey_name,
    s.journey_step_id,
    if(s.journey_id is null, null, hex(e.run)) as journey_enrollment_id,
    s.recurring_message_id,
    s.sender,
    if(s.has_device, null, if(s.channel_no = 4, p.email, p.phone)) as recipient,
    s.subject,
    s.body,
    s.template_id,
    s.template_name,
    if(s.has_provider, p.provider, null) as provider,
    if(s.has_provider_id and p.provider <> 'webpush', hex(hash(e.x)), null) as provider_message_id,
    r.provider_error,
    r.error,
    if(s.has_platform, p.platform, null) as platform,
    s.message_type,
    s.is_advertisement,
    s.kakaoalimtalk_template_code,
    s.kakao_sender_key,
    s.iam_group,
    s.iam_clickable_id,
    if(s.is_closed, case e.x & 7 when 0 then 1440 when 1 then 10080 when 2 then 0 end, null)::integer as iam_dont_show_minutes
from events as e
inner join shapes as s on e.shape = s.shape
inner join persons as p on e.person = p.person
inner join errors as r on s.error_from + if(s.error_from = 0, 0, (((e.x >> 44) & 255) * ((e.x >> 44) & 255) >> 13)::integer) = r.error_no
inner join days as d on (e.t // 86400000)::integer = d.day
inner join clock_second as sec on ((e.t // 1000) % 86400)::integer = sec.k
inner join clock_ms as ms on (e.t % 1000)::integer = ms.k
inner join ulid_head as head on (e.t >> 20)::integer = head.k
inner join ulid_pair as hi on ((e.t >> 10) & 1023)::integer = hi.k
inner join ulid_pair as lo on (e.t & 1023)::integer = lo.k;
