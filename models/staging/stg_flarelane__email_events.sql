-- One row per accepted email event, with just the columns that the channel populates.
{{ channel_events('email') }}
