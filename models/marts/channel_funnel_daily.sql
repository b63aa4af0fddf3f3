-- One row per project, channel and message date: a cohort.
{{ config(materialized='stable_view') }}
{%- set grain = ['project_id', 'channel', 'message_date'] %}

{{ funnel('select * from ' ~ ref('int_channel_daily_counts'), grain) }}
