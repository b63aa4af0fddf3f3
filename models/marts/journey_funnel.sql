-- One row per project, journey and channel.
{{ config(
    materialized='partitioned',
    upstream=['int_journey_step_daily_counts', 'dim_journeys'],
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
) }}

{%- set grain = ['project_id', 'journey_id', 'channel'] %}

{{ funnel(funnel_counts(grain, parts='int_journey_step_daily_counts'), grain, names=['journey']) }}
