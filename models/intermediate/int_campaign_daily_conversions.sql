-- One row per goal, project, campaign, channel and message date: what campaign_conversions_daily shows.
{{ config(materialized='partitioned', whole=true) }}

{{ conversion_counts(['project_id', 'campaign_id', 'channel', 'message_date']) }}
