-- One row per accepted in-app message event, with just the columns that the channel populates.
-- Generated from seeds/channels.csv: change the seed and run `make generate`.
{{ channel_events('iam') }}
