-- One row per project, campaign and channel.
{{ config(
    materialized='partitioned',
    upstream=['int_campaign_daily_counts', 'dim_campaigns'],
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
) }}

{%- set grain = ['project_id', 'campaign_id', 'channel'] %}

{{ funnel(funnel_counts(grain, parts='int_campaign_daily_counts'), grain, names=['campaign']) }}
