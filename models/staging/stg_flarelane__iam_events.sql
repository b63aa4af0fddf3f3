-- One row per accepted in-app message event, with just the columns that the channel populates.
{{ channel_events('iam') }}
