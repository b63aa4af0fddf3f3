-- One row per project, journey and channel.
{{ config(materialized='partitioned', whole=true) }}

{%- set grain = ['project_id', 'journey_id', 'channel'] %}

with

messages as {{ inlined() }} (
    select *
    from {{ ref('int_funnel_messages') }}
    where journey_id is not null
),

counts as (
    {{ summed_counts(ref('int_journey_step_daily_counts'), grain) }}
),

people as (
    {{ distinct_people('messages', grain) }}
),

runs as (
    {{ journey_runs('messages', grain) }}
),

medians as (
    {{ median_delays('messages', grain) }}
),

journeys as (
    select * from {{ ref('dim_journeys') }}
)

select
    ---------- grain
    counts.project_id,
    counts.journey_id,
    journeys.journey_name,
    counts.channel,

    ---------- messages by stage, events
    {{ count_columns('counts') }},

    ---------- people
    {{ people_columns('people') }},
    runs.enrollments,

    ---------- rates
    {{ rate_columns() }},

    ---------- time
    counts.first_message_at,
    counts.last_message_at,
    medians.median_seconds_to_delivery,
    medians.median_seconds_to_click
from counts
left join people on counts.grain_key = people.grain_key
left join runs on counts.grain_key = runs.grain_key
left join medians on counts.grain_key = medians.grain_key
left join journeys on counts.project_id = journeys.project_id and counts.journey_id = journeys.journey_id
