-- One row per goal, project, campaign and channel.
{{ config(materialized='partitioned', whole=true) }}

{%- set grain = ['project_id', 'campaign_id', 'channel'] %}

{{ conversions(conversion_counts(grain), grain, names=['campaign']) }}
