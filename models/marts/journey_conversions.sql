-- One row per goal, project, journey and channel.
{{ config(materialized='partitioned', whole=true) }}

{%- set grain = ['project_id', 'journey_id', 'channel'] %}

{{ conversions(conversion_counts(grain), grain, names=['journey']) }}
