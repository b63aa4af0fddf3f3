-- One row per accepted email event, with just the columns that the channel populates.
-- Generated from seeds/channels.csv: change the seed and run `make generate`.
{{ channel_events('email') }}
