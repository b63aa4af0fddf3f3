-- One row per accepted push event, with just the columns that the channel populates.
{{ channel_events('push') }}
