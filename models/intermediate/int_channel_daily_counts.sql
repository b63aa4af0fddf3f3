-- One row per project, channel and message date: what channel_funnel_daily counts.
{{ config(materialized='partitioned', partition_by='message_date', reach=message_date_reach()) }}

{{ funnel_counts(
    ['project_id', 'channel', 'message_date'],
    dates=partitions_in_scope(),
    parts='int_campaign_daily_counts',
) }}
