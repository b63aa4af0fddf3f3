-- One row per project, journey, journey step and channel.
{{ config(materialized='partitioned', whole=true) }}

{%- set grain = ['project_id', 'journey_id', 'journey_step_id', 'channel'] %}

{{ funnel(funnel_counts(grain, parts='int_journey_step_daily_counts'), grain, names=['journey']) }}
