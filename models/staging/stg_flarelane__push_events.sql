-- One row per accepted push event, with just the columns that the channel populates.
-- Generated from seeds/channels.csv: change the seed and run `make generate`.
{{ channel_events('push') }}
