-- One row per project, journey, journey step, channel and message date: a cohort.
{{ config(materialized='stable_view') }}
{%- set grain = ['project_id', 'journey_id', 'journey_step_id', 'channel', 'message_date'] %}

{{ funnel('select * from ' ~ ref('int_journey_step_daily_counts'), grain, names=['journey']) }}
