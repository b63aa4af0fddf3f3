-- One row per goal, project, campaign, channel and message date: what campaign_conversions_daily shows.
-- A change of a message changes the credit of others: of those with which it shares a customer event.
{{ config(materialized='partitioned', partition_by='message_date', reach='int_conversion_goals') }}

{{ conversion_counts(['project_id', 'campaign_id', 'channel', 'message_date']) }}
