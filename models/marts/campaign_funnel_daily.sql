-- One row per project, campaign, channel and message date: a cohort.
{{ config(materialized='stable_view') }}
{%- set grain = ['project_id', 'campaign_id', 'channel', 'message_date'] %}

{{ funnel('select * from ' ~ ref('int_campaign_daily_counts'), grain, names=['campaign']) }}
