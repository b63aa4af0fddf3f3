-- How an event is broken or bent: for types like `types`, each column in `changes` gets the value ({...}: see below).
-- what: rejected (a broken copy, detail says why), violation (of the rule in detail), oddity (unusual, yet valid).
create or replace table dirt as
select row_number() over () as dirt_no, * from (values
    ('rejected', 'missing_id', 'id', '%', map {'id': null}),
    ('rejected', 'missing_id', 'id', '%', map {'id': ''}),
    ('rejected', 'missing_id', 'id', '%', map {'id': null, 'type': 'push.seen', 'time': 'epoch'}),
    ('rejected', 'missing_time', 'time', '%', map {'time': null}),
    ('rejected', 'missing_time', 'time', '%', map {'time': '', 'campaign_id': ''}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': '{day}'}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': '{day}T{clock}'}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': '{day} {clock}Z'}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': '{day}T{clock}+0900'}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': '2026-02-30T{clock}Z'}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': '{day}T25:10:00.000Z'}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': 'epoch'}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': 'infinity'}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': '   '}),
    ('rejected', 'invalid_time', 'time', '%', map {'time': '{epoch_ms}'}),
    ('rejected', 'unknown_type', 'type', '%', map {'type': null}),
    ('rejected', 'unknown_type', 'type', '%', map {'type': ''}),
    ('rejected', 'unknown_type', 'type', 'push.%', map {'type': 'push.opened'}),
    ('rejected', 'unknown_type', 'type', 'sms.%', map {'type': 'SMS.SENT'}),
    ('rejected', 'unknown_type', 'type', '%', map {'type': 'rcs.sent', 'channel': 'rcs'}),
    ('rejected', 'channel_mismatch', 'channel', '%', map {'channel': null}),
    ('rejected', 'channel_mismatch', 'channel', '%', map {'channel': ''}),
    ('rejected', 'channel_mismatch', 'channel', 'push.%', map {'channel': 'iam'}),
    ('rejected', 'channel_mismatch', 'channel', 'kakaobrandmessage.%', map {'channel': 'kakaoalimtalk'}),
    ('rejected', 'channel_mismatch', 'channel', 'email.%', map {'channel': 'Email'}),
    ('rejected', 'partition_date_mismatch', 'time', '%', map {'time': '{next_day}T{clock}Z'}),
    ('rejected', 'partition_date_mismatch', 'time', '%', map {'time': '{previous_day}T{clock}Z'}),
    ('rejected', 'partition_date_mismatch', 'time', '%', map {'time': '{day}T08:59:59.999+09:00'}),
    ('rejected', 'partition_date_mismatch', 'time', '%', map {'time': '{day}T23:30:00.000-05:00'}),
    ('rejected', 'missing_campaign_id', 'campaign_id', '%', map {'campaign_id': null}),
    ('rejected', 'missing_campaign_id', 'campaign_id', '%', map {'campaign_id': ''}),
    ('rejected', 'missing_recipient', 'recipient', '%', map {'deviceid': null, 'userid': null, 'recipient': null}),
    ('rejected', 'missing_recipient', 'recipient', '%', map {'deviceid': '', 'userid': '', 'recipient': ''}),

    ('violation', 'format', 'id', '%', map {'id': 'evt-{id}'}),
    ('violation', 'format', 'id', '%', map {'id': '8{id_tail}'}),
    ('violation', 'format', 'id', '%', map {'id': '{id_head}U'}),
    ('violation', 'required', 'platform', 'push.%', map {'platform': null}),
    ('violation', 'required', 'platform', 'push.%', map {'platform': ''}),
    ('violation', 'required', 'message_type', 'sms.%', map {'message_type': null, 'subject': null}),
    ('violation', 'required', 'body', 'sms.%', map {'body': null}),
    ('violation', 'required', 'sender', 'sms.%', map {'sender': ''}),
    ('violation', 'required', 'is_advertisement', 'sms.%', map {'is_advertisement': null}),
    ('violation', 'required', 'template_id', 'kakaoalimtalk.%', map {'template_id': null}),
    ('violation', 'required', 'kakaoalimtalk_template_code', 'kakaoalimtalk.%', map {'kakaoalimtalk_template_code': ''}),
    ('violation', 'required', 'recipient', 'kakao%', map {'recipient': null, 'userid': '{user}'}),
    ('violation', 'required', 'body', 'kakao%', map {'body': null}),
    ('violation', 'required', 'message_type', 'kakao%', map {'message_type': null}),
    ('violation', 'required', 'template_id', 'email.%', map {'template_id': null}),
    ('violation', 'required', 'sender', 'email.%', map {'sender': null}),
    ('violation', 'required', 'iam_group', 'iam.%', map {'iam_group': null}),
    ('violation', 'always_null', 'sender', 'push.%', map {'sender': 'hello@example.com'}),
    ('violation', 'always_null', 'is_advertisement', 'push.%', map {'is_advertisement': 'false'}),
    ('violation', 'always_null', 'iam_group', 'push.%', map {'iam_group': 'welcome'}),
    ('violation', 'always_null', 'template_id', 'sms.%', map {'template_id': 'tpl-1'}),
    ('violation', 'always_null', 'kakao_sender_key', 'sms.%', map {'kakao_sender_key': 'key-1'}),
    ('violation', 'always_null', 'sender', 'kakao%', map {'sender': '01000001588'}),
    ('violation', 'always_null', 'kakao_sender_key', 'kakaoalimtalk.%', map {'kakao_sender_key': 'key-1'}),
    ('violation', 'always_null', 'template_name', 'kakaobrandmessage.%', map {'template_name': '가을 기획전'}),
    ('violation', 'always_null', 'body', 'email.%', map {'body': '<p>안녕하세요</p>'}),
    ('violation', 'always_null', 'message_type', 'email.%', map {'message_type': 'SMS'}),
    ('violation', 'always_null', 'subject', 'iam.%', map {'subject': '환영합니다'}),
    ('violation', 'always_null', 'recurring_message_id', 'iam.%', map {'recurring_message_id': 'rec-1'}),
    ('violation', 'accepted_values', 'trigger_type', '%', map {'trigger_type': 'schedule'}),
    ('violation', 'accepted_values', 'trigger_type', 'iam.%', map {'trigger_type': 'api'}),
    ('violation', 'accepted_values', 'platform', 'push.%', map {'platform': 'tizen'}),
    ('violation', 'accepted_values', 'platform', 'sms.%', map {'platform': 'Android'}),
    ('violation', 'accepted_values', 'platform', 'iam.displayed', map {'platform': 'tizen'}),
    ('violation', 'accepted_values', 'provider', 'push.%', map {'provider': 'hms'}),
    ('violation', 'accepted_values', 'message_type', 'sms.%', map {'message_type': 'VOICE', 'subject': null}),
    ('violation', 'only_on', 'error', 'push.%', map {'error': 'timeout'}),
    ('violation', 'only_on', 'error', 'sms.%', map {'error': 'timeout'}),
    ('violation', 'only_on', 'error', 'kakao%', map {'error': 'timeout'}),
    ('violation', 'only_on', 'error', 'email.%', map {'error': 'timeout'}),
    ('violation', 'only_on', 'subject', 'sms.%', map {'message_type': 'SMS', 'subject': '추석 선물'}),
    ('violation', 'only_on', 'iam_clickable_id', 'iam.%', map {'iam_clickable_id': 'cta-primary'}),
    ('violation', 'only_on', 'iam_dont_show_minutes', 'iam.%', map {'iam_dont_show_minutes': '1440'}),
    ('violation', 'only_on', 'platform', 'iam.created', map {'platform': 'ios'}),
    ('violation', 'range', 'iam_dont_show_minutes', 'iam.closed', map {'iam_dont_show_minutes': '-10'}),

    ('oddity', 'offset', 'time', '%', map {'time': '{seoul_time}+09:00'}),
    ('oddity', 'offset', 'time', '%', map {'time': '{day}T{clock}-00:00'}),
    ('oddity', 'lower_case', 'time', '%', map {'time': '{day}t{clock}z'}),
    ('oddity', 'nanoseconds', 'time', '%', map {'time': '{day}T{clock}456789Z'}),
    ('oddity', 'empty_string', 'campaign_name', '%', map {'campaign_name': '', 'template_name': '', 'error': ''}),
    ('oddity', 'empty_string', 'journey_id', '%', map {'journey_id': '', 'journey_name': '', 'journey_step_id': '', 'journey_enrollment_id': ''}),
    ('oddity', 'empty_string', 'deviceid', 'sms.%', map {'deviceid': '', 'platform': '', 'template_id': ''}),
    ('oddity', 'empty_string', 'userid', 'push.%', map {'userid': '', 'sender': '', 'kakao_sender_key': ''})
) as d (what, detail, column_name, types, changes);

-- For each type and what: first the details that fit, then each detail's entries, so that rare rules occur too.
create or replace table dirt_choices as
with fitting as (
    select s.type, d.what, d.detail, list(d.dirt_no order by d.dirt_no) as dirt_nos
    from stages as s inner join dirt as d on s.type like d.types
    where not (d.column_name = 'error' and d.detail = 'only_on' and s.stage in ('failed', 'undelivered', 'aborted'))
        and not (d.detail = 'only_on' and d.column_name = 'iam_clickable_id' and s.stage = 'clicked')
        and not (d.detail = 'only_on' and d.column_name = 'iam_dont_show_minutes' and s.stage = 'closed')
    group by all
)
select type, what, list(dirt_nos order by detail) as dirt_nos from fitting group by all;

-- A change's text with its placeholders filled in from the row it goes to.
create or replace macro fill_in(text, id, t, userid) as case when not contains(text, '{') then text else
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(text,
        '{day}', strftime(make_timestamp(t * 1000), '%Y-%m-%d')),
        '{clock}', strftime(make_timestamp(t * 1000), '%H:%M:%S.%g')),
        '{next_day}', strftime(make_timestamp((t + 86400000) * 1000), '%Y-%m-%d')),
        '{previous_day}', strftime(make_timestamp((t - 86400000) * 1000), '%Y-%m-%d')),
        '{seoul_time}', strftime(make_timestamp((t + 32400000) * 1000), '%Y-%m-%dT%H:%M:%S.%g')),
        '{epoch_ms}', t::varchar),
        '{id}', id),
        '{id_head}', id[1:25]),
        '{id_tail}', id[2:]),
        '{user}', coalesce(userid, concat('m', t)))
end;
