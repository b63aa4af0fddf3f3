-- One row per goal, project, journey, journey step and channel.
{{ config(
    materialized='partitioned',
    upstream=['fct_conversions', 'dim_journeys'],
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone'],
) }}

{%- set grain = ['project_id', 'journey_id', 'journey_step_id', 'channel'] %}

{{ conversions(conversion_counts(grain), grain, names=['journey']) }}
