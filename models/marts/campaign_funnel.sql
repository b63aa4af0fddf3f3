-- One row per project, campaign and channel.
{{ config(materialized='partitioned', whole=true) }}

{%- set grain = ['project_id', 'campaign_id', 'channel'] %}

with

messages as {{ inlined() }} (
    select *
    from {{ ref('int_funnel_messages') }}
),

counts as (
    {{ summed_counts(ref('int_campaign_daily_counts'), grain) }}
),

people as (
    {{ distinct_people('messages', grain) }}
),

medians as (
    {{ median_delays('messages', grain) }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
)

select
    ---------- grain
    counts.project_id,
    counts.campaign_id,
    campaigns.campaign_name,
    counts.channel,

    ---------- messages by stage, events
    {{ count_columns('counts') }},

    ---------- people
    {{ people_columns('people') }},

    ---------- rates
    {{ rate_columns() }},

    ---------- time
    counts.first_message_at,
    counts.last_message_at,
    medians.median_seconds_to_delivery,
    medians.median_seconds_to_click
from counts
left join people on counts.grain_key = people.grain_key
left join medians on counts.grain_key = medians.grain_key
left join campaigns on counts.project_id = campaigns.project_id and counts.campaign_id = campaigns.campaign_id
