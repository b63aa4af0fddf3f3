-- One row per project, campaign and channel.
{{ config(materialized='partitioned', whole=true) }}

{%- set grain = ['project_id', 'campaign_id', 'channel'] %}

{{ funnel(funnel_counts(grain, parts='int_campaign_daily_counts'), grain, names=['campaign']) }}
