-- One row per goal, project, campaign, channel and message date: a cohort.
{{ config(materialized='stable_view') }}
{%- set grain = ['project_id', 'campaign_id', 'channel', 'message_date'] %}

{{ conversions('select * from ' ~ ref('int_campaign_daily_conversions'), grain, names=['campaign']) }}
