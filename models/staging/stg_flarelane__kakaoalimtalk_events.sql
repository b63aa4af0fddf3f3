-- One row per accepted Kakao AlimTalk event, with just the columns that the channel populates.
{{ channel_events('kakaoalimtalk') }}
