-- One row per accepted Kakao Brand Message event, with just the columns that the channel populates.
{{ channel_events('kakaobrandmessage') }}
