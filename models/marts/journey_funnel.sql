-- One row per project, journey and channel.
{{ config(materialized='partitioned', whole=true) }}

{%- set grain = ['project_id', 'journey_id', 'channel'] %}

{{ funnel(funnel_counts(grain, parts='int_journey_step_daily_counts'), grain, names=['journey']) }}
