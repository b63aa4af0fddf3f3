-- One row per goal, project, campaign, channel and message date: what campaign_conversions_daily shows.
{{ config(
    materialized='partitioned',
    upstream='fct_conversions',
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone'],
) }}

{{ conversion_counts(['project_id', 'campaign_id', 'channel', 'message_date']) }}
