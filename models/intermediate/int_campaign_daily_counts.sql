-- One row per project, campaign, channel and message date: what campaign_funnel_daily counts.
{{ config(materialized='partitioned', partition_by='message_date', reach=message_date_reach()) }}

{{ funnel_counts(
    ['project_id', 'campaign_id', 'channel', 'message_date'],
    dates=partitions_in_scope(),
) }}
