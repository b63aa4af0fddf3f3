-- One row per project, journey, journey step, channel and message date: what
-- journey_step_funnel_daily counts.
{{ config(materialized='partitioned', partition_by='message_date', reach=message_date_reach()) }}

{{ funnel_counts(
    ['project_id', 'journey_id', 'journey_step_id', 'channel', 'message_date'],
    dates=partitions_in_scope(),
) }}
