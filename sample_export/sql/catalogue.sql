-- What the two kinds of company send: one row per campaign and channel (Korean or English), before dates are given.
-- share: relative weight a day. every / lasts: days between two runs, days a run lasts (null: the whole period).
-- hour: start in Seoul time (null: spread over business hours). reach: part of the journey's runs that get this step.
create or replace table catalogue as
select * from (values
    ('ko', 'weekend-sale',   'blast',     'push',              9.0, '주말 특가 알림', '{{ user.name }}님, 주말 특가가 시작됐어요', '오늘부터 이틀간 최대 {{ discount }}% 할인! 지금 담아 보세요.', null, null, 2, 1, 11.0, null, null, 0, 1.0, null),
    ('ko', 'weekend-sale',   'blast',     'iam',               3.0, '주말 특가 알림', null, null, 'sale', null, 2, 1, null, null, null, 0, 1.0, null),
    ('ko', 'flash-deal',     'blast',     'push',              7.0, '타임딜 오픈', '⏰ 3시간 타임딜', '{{ product.name }} 외 24종, 3시간만 이 가격!', null, null, 3, 1, 18.0, null, null, 0, 1.0, null),
    ('ko', 'new-arrivals',   'blast',     'email',             5.0, '신상품 소식지', '{{ user.name }}님을 위한 이번 주 신상품', null, null, null, 4, 1, 10.0, null, null, 0, 1.0, null),
    ('ko', 'chuseok-gift',   'blast',     'sms',               3.0, '추석 선물 사전 예약', '(광고) 추석 선물 사전 예약', '(광고) 추석 선물세트 사전 예약 시 {{ discount }}% 할인. 무료수신거부 {{ optout.number }}', 'LMS', true, 5, 1, 14.0, null, null, 0, 1.0, null),
    ('ko', 'night-deal',     'blast',     'sms',               0.4, '심야 특가 문자', null, '(광고) 오늘 밤 12시까지만! 무료배송 쿠폰 {{ coupon.code }} 무료수신거부 {{ optout.number }}', 'SMS', true, 4, 1, 22.5, null, null, 0, 1.0, null),
    ('ko', 'brand-coupon',   'blast',     'kakaobrandmessage', 4.0, '플친 전용 쿠폰', '친구 전용 쿠폰 도착', '{{ user.name }}님께만 드리는 5천원 쿠폰입니다.', 'FI', true, 3, 1, 12.0, null, null, 0, 1.0, null),
    ('ko', 'brand-season',   'blast',     'kakaobrandmessage', 2.0, '가을 기획전', '가을 기획전', '이번 주 가을 기획전을 만나 보세요.', 'FW', true, 6, 1, 15.0, null, null, 0, 1.0, null),
    ('ko', 'home-banner',    'banner',    'iam',               7.0, '홈 배너: 첫 구매 혜택', null, null, 'welcome', null, 14, 14, null, null, null, 0, 1.0, '홈 배너: 신규 회원 혜택'),
    ('ko', 'morning-digest', 'recurring', 'push',              6.0, '아침 장보기 추천', '오늘의 장보기 목록', '{{ user.name }}님이 자주 사는 상품이 할인 중이에요.', null, null, null, null, 9.5, null, null, 0, 1.0, '아침 장보기 추천 v2'),
    ('ko', 'weekly-letter',  'recurring', 'email',             3.0, '주간 레시피', '이번 주 레시피 5가지', null, null, null, null, null, 10.5, null, null, 0, 1.0, null),
    ('ko', 'order-paid',     'api',       'kakaoalimtalk',     7.0, '주문 완료', '주문이 접수되었습니다', '{{ user.name }}님, 주문번호 {{ order.id }} 결제가 완료되었습니다.', 'AT', null, null, null, null, null, null, 0, 1.0, null),
    ('ko', 'order-shipped',  'api',       'kakaoalimtalk',     6.0, '배송 출발', null, '주문하신 상품이 출발했습니다. 운송장 {{ order.tracking }}', 'AI', null, null, null, null, null, null, 0, 1.0, '배송 출발 안내'),
    ('ko', 'order-push',     'api',       'push',              5.0, '배송 현황', '배송 현황 안내', '{{ order.status }} 상태로 바뀌었어요.', null, null, null, null, null, null, null, 0, 1.0, null),
    ('ko', 'login-code',     'api',       'sms',               5.0, '인증번호', null, '[{{ brand.name }}] 인증번호 {{ code }} 를 입력해 주세요.', 'SMS', false, null, null, null, null, null, 0, 1.0, null),
    ('ko', 'receipt',        'api',       'email',             2.0, '영수증', '주문 {{ order.id }} 영수증', null, null, null, null, null, null, null, null, 0, 1.0, null),
    ('ko', 'welcome-1',      'journey',   'push',              3.0, '신규 가입 1단계', '가입을 환영해요', '첫 주문 {{ discount }}% 쿠폰을 드려요.', null, null, null, null, null, '신규 가입 여정', 1, 0, 1.00, null),
    ('ko', 'welcome-1',      'journey',   'iam',               3.0, '신규 가입 1단계', null, null, 'welcome', null, null, null, null, '신규 가입 여정', 1, 0.02, 0.86, null),
    ('ko', 'welcome-2',      'journey',   'kakaoalimtalk',     3.0, '신규 가입 2단계', '쿠폰이 곧 사라져요', '{{ user.name }}님, 쿠폰이 내일 만료됩니다.', 'AT', null, null, null, null, '신규 가입 여정', 2, 24, 0.71, null),
    ('ko', 'welcome-3',      'journey',   'email',             3.0, '신규 가입 3단계', '아직 고민 중이신가요?', null, null, null, null, null, null, '신규 가입 여정', 3, 72, 0.48, null),
    ('ko', 'cart-1',         'journey',   'push',              4.0, '장바구니 1단계', '두고 간 상품이 있어요', '{{ cart.items }}개 상품이 기다리고 있어요.', null, null, null, null, null, '장바구니 이탈', 1, 1, 1.00, null),
    ('ko', 'cart-2',         'journey',   'sms',               4.0, '장바구니 2단계', '(광고) 장바구니 할인', '(광고) 장바구니 상품 추가 할인 {{ discount }}% 무료수신거부 {{ optout.number }}', 'MMS', true, null, null, null, '장바구니 이탈', 2, 25, 0.42, null),
    ('ko', 'cart-3',         'journey',   'kakaobrandmessage', 4.0, '장바구니 3단계', null, '마지막 기회! 장바구니 쿠폰이 오늘 종료됩니다.', 'FT', true, null, null, null, '장바구니 이탈', 3, 49, 0.23, null),
    ('ko', 'terms',          'system',    'email',             0.4, '약관 변경 안내', '이용약관 변경 안내', null, null, null, null, null, null, null, null, 0, 1.0, null),
    ('ko', 'sleeper',        'system',    'sms',               0.3, '휴면 전환 안내', '휴면 전환 안내', '고객님의 계정이 {{ date }}에 휴면 전환됩니다.', 'LMS', false, null, null, null, null, null, 0, 1.0, null),
    ('ko', 'test-push',      'test',      'push',              0.10, '[테스트] 주말 특가', '테스트', '테스트 발송입니다.', null, null, null, null, 14.0, null, null, 0, 1.0, null),
    ('ko', 'test-alimtalk',  'test',      'kakaoalimtalk',     0.05, '[테스트] 주문 완료', null, '테스트 발송입니다.', 'AT', null, null, null, 15.0, null, null, 0, 1.0, null),
    ('en', 'fare-sale',      'blast',     'push',              9.0, 'Fare sale', 'Fares from {{ fare }} this week', 'Autumn seats are on sale, {{ user.first_name }}. Book by Sunday.', null, null, 2, 1, 10.0, null, null, 0, 1.0, null),
    ('en', 'fare-sale',      'blast',     'iam',               3.0, 'Fare sale', null, null, 'promotion', null, 2, 1, null, null, null, 0, 1.0, null),
    ('en', 'last-minute',    'blast',     'push',              6.0, 'Last-minute getaways', 'Leaving on Friday?', '{{ city }} from {{ fare }} return.', null, null, 3, 1, 17.0, null, null, 0, 1.0, null),
    ('en', 'newsletter',     'blast',     'email',             6.0, 'Travel newsletter', 'Where to go in {{ month }}', null, null, null, 4, 1, 9.0, null, null, 0, 1.0, null),
    ('en', 'lounge-offer',   'blast',     'sms',               2.5, 'Lounge offer', '(AD) Lounge offer', '(AD) Lounge access at half price until {{ date }}. Opt out: {{ optout.number }}', 'MMS', true, 5, 1, 13.0, null, null, 0, 1.0, null),
    ('en', 'night-fare',     'blast',     'sms',               0.4, 'Midnight fare drop', null, '(AD) Midnight fares from {{ fare }}. Opt out: {{ optout.number }}', 'SMS', true, 4, 1, 23.0, null, null, 0, 1.0, null),
    ('en', 'friends-offer',  'blast',     'kakaobrandmessage', 3.5, '친구 특가 (friends offer)', '친구 특가', '카카오 친구에게만 드리는 항공권 특가입니다.', 'FI', true, 3, 1, 12.0, null, null, 0, 1.0, null),
    ('en', 'seat-banner',    'banner',    'iam',               6.0, 'Seat upgrade banner', null, null, 'upsell', null, 14, 14, null, null, null, 0, 1.0, 'Seat upgrade banner (new artwork)'),
    ('en', 'fare-watch',     'recurring', 'push',              6.0, 'Fare watch', 'Your watched fares', '{{ city }} is now {{ fare }}.', null, null, null, null, 9.0, null, null, 0, 1.0, 'Fare watch daily'),
    ('en', 'weekly-deals',   'recurring', 'email',             3.5, 'Weekly deals', 'Ten deals for {{ user.first_name }}', null, null, null, null, null, 10.0, null, null, 0, 1.0, null),
    ('en', 'booking',        'api',       'kakaoalimtalk',     5.0, '예약 확인 (booking confirmed)', '예약이 확정되었습니다', '{{ user.name }}님, 예약번호 {{ booking.id }} 가 확정되었습니다.', 'AT', null, null, null, null, null, null, 0, 1.0, null),
    ('en', 'checkin',        'api',       'kakaoalimtalk',     4.0, '체크인 안내 (check-in)', null, '{{ flight.no }} 편 온라인 체크인이 열렸습니다.', 'AI', null, null, null, null, null, null, 0, 1.0, null),
    ('en', 'gate-change',    'api',       'push',              5.0, 'Gate change', 'Gate change for {{ flight.no }}', 'Your gate is now {{ flight.gate }}.', null, null, null, null, null, null, null, 0, 1.0, null),
    ('en', 'otp',            'api',       'sms',               5.0, 'One-time code', null, 'Your {{ brand.name }} code is {{ code }}.', 'SMS', false, null, null, null, null, null, 0, 1.0, null),
    ('en', 'itinerary',      'api',       'email',             3.0, 'Itinerary', 'Your itinerary {{ booking.id }}', null, null, null, null, null, null, null, null, 0, 1.0, null),
    ('en', 'onboard-1',      'journey',   'email',             3.0, 'Onboarding: hello', 'Welcome aboard, {{ user.first_name }}', null, null, null, null, null, null, 'Onboarding', 1, 0, 1.00, null),
    ('en', 'onboard-2',      'journey',   'push',              3.0, 'Onboarding: set alerts', 'Set your first fare alert', 'Tell us where you want to go.', null, null, null, null, null, 'Onboarding', 2, 24, 0.78, null),
    ('en', 'onboard-2',      'journey',   'iam',               3.0, 'Onboarding: set alerts', null, null, 'onboarding', null, null, null, null, 'Onboarding', 2, 24.02, 0.66, null),
    ('en', 'onboard-3',      'journey',   'sms',               3.0, 'Onboarding: first trip', '(AD) First trip', '(AD) {{ discount }}% off your first trip. Opt out: {{ optout.number }}', 'LMS', true, null, null, null, 'Onboarding', 3, 96, 0.41, null),
    ('en', 'abandoned-1',    'journey',   'push',              4.0, 'Abandoned booking: reminder', 'Still thinking about {{ city }}?', 'We kept your booking for {{ hours }} hours.', null, null, null, null, null, 'Abandoned booking', 1, 1, 1.00, null),
    ('en', 'abandoned-2',    'journey',   'kakaobrandmessage', 4.0, '예약 이탈 2단계', null, '{{ city }} 항공권 가격이 내렸어요.', 'FT', null, null, null, null, 'Abandoned booking', 2, 20, 0.44, null),
    ('en', 'abandoned-3',    'journey',   'email',             4.0, 'Abandoned booking: last call', 'Last seats to {{ city }}', null, null, null, null, null, null, 'Abandoned booking', 3, 48, 0.27, null),
    ('en', 'terms',          'system',    'email',             0.4, 'Terms update', 'We are updating our terms', null, null, null, null, null, null, null, null, 0, 1.0, null),
    ('en', 'security',       'system',    'push',              0.4, 'New sign-in', 'New sign-in', 'A new device signed in: {{ device }}.', null, null, null, null, null, null, null, 0, 1.0, null),
    ('en', 'test-email',     'test',      'email',             0.10, '[TEST] Newsletter', '[TEST] Where to go', null, null, null, null, null, 14.0, null, null, 0, 1.0, null),
    ('en', 'test-sms',       'test',      'sms',               0.05, '[TEST] Lounge offer', null, '[TEST] Lounge access', 'SMS', true, null, null, 15.0, null, null, 0, 1.0, null)
) as c (lang, code, kind, channel, share, name, subject, body, message_type, ad, every, lasts, hour, journey, step, delay_hours, reach, renamed);

-- The 35 event types. stage_no orders a message's life; failed is 3, so that it and 2, 5 carry an error.
create or replace table stages as
select channel, channel_no, stage_no, stage, concat(channel, '.', stage) as type
from (values
    (0, 'push',              [0, 1, 2, 3, 7]),
    (1, 'sms',               [0, 1, 2, 3, 4, 5]),
    (2, 'kakaoalimtalk',     [0, 1, 2, 3, 4, 5]),
    (3, 'kakaobrandmessage', [0, 1, 2, 3, 4, 5]),
    (4, 'email',             [0, 1, 2, 3, 4, 6, 7, 8]),
    (5, 'iam',               [0, 4, 7, 9])
) as channels (channel_no, channel, stage_nos),
lateral (select unnest(stage_nos) as stage_no) as numbers,
lateral (
    select case when channel = 'iam' and stage_no = 4 then 'displayed' else
        ['created', 'sent', 'aborted', 'failed', 'delivered', 'undelivered', 'opened', 'clicked', 'complaint', 'closed'][stage_no + 1]
    end as stage
) as names;

-- Eight reasons a group, the likely ones first (the draw is skewed towards 0). Group 0: no error; 1: aborted;
-- 2 to 5: failed, for push, SMS, Kakao and email; 6 and 7: undelivered, for SMS and Kakao.
create or replace table errors as
select (group_no * 8 + slot)::integer as error_no, reasons[slot + 1] as error, provider_errors[slot + 1] as provider_error
from (values
    (0, []::varchar[], []::varchar[]),
    (1, ['frequency_cap', 'opted_out', 'opted_out', 'liquid_abort', 'quiet_hours', 'no_consent', 'missing_variable', 'campaign_stopped'], []),
    (2, ['invalid_token', 'invalid_token', 'unregistered', 'provider_unavailable', 'payload_too_large', 'quota_exceeded', 'timeout', 'internal_error'],
        ['UNREGISTERED', 'BadDeviceToken', 'NotRegistered', 'UNAVAILABLE', 'PayloadTooLarge', 'QUOTA_EXCEEDED', 'DEADLINE_EXCEEDED', 'INTERNAL']),
    (3, ['invalid_recipient', 'provider_rejected', 'sender_not_registered', 'insufficient_balance', 'provider_rejected', 'timeout', 'provider_unavailable', 'internal_error'], []),
    (4, ['invalid_recipient', 'template_mismatch', 'not_a_friend', 'sender_not_registered', 'insufficient_balance', 'timeout', 'provider_unavailable', 'internal_error'], []),
    (5, ['hard_bounce', 'hard_bounce', 'suppressed', 'soft_bounce', 'soft_bounce', 'timeout', 'provider_unavailable', 'internal_error'], []),
    (6, ['carrier_rejected', 'device_off', 'spam_filtered', 'number_not_in_service', 'recipient_blocked', 'inbox_full', 'expired', 'unknown'], []),
    (7, ['recipient_blocked', 'no_kakao_account', 'device_off', 'recipient_blocked', 'dormant_account', 'channel_blocked', 'expired', 'unknown'], [])
) as groups (group_no, reasons, provider_errors), range(8) as slots (slot);

create or replace table products as
select * from (values
    (0, '제주 감귤 3kg', '과일'), (1, '한우 불고기', '정육'), (2, '유기농 두부', '반찬'), (3, '부산행 항공권', '여행'),
    (4, 'Lounge pass', '여행'), (5, '겨울 이불', '생활'), (6, '핸드 드립 커피', '음료')
) as p (product_no, product, category);
