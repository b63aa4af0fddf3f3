-- One row per goal, project, campaign and channel.
{{ config(
    materialized='partitioned',
    upstream=['fct_conversions', 'dim_campaigns'],
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone'],
) }}

{%- set grain = ['project_id', 'campaign_id', 'channel'] %}

{{ conversions(conversion_counts(grain), grain, names=['campaign']) }}
