-- One row per accepted SMS event, with just the columns that the channel populates.
{{ channel_events('sms') }}
