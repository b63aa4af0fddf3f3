-- One row per project, recurring message and channel.
{{ config(materialized='partitioned', whole=true) }}

{%- set grain = ['project_id', 'recurring_message_id', 'channel'] %}

with

messages as {{ inlined() }} (
    select *
    from {{ ref('int_funnel_messages') }}
    where recurring_message_id is not null
),

counts as (
    {{ message_counts('messages', grain) }}
),

people as (
    {{ distinct_people('messages', grain) }}
),

medians as (
    {{ median_delays('messages', grain) }}
),

names as (
    {{ latest_names('recurring_message') }}
)

select
    ---------- grain
    counts.project_id,
    counts.recurring_message_id,
    names.name as campaign_name,
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
left join names on counts.project_id = names.project_id and counts.recurring_message_id = names.entity_id
