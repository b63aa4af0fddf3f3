-- One row per project, journey, journey step, channel and message date: a cohort.
{{ config(materialized='stable_view') }}

with

counts as (
    select * from {{ ref('int_journey_step_daily_counts') }}
),

newest_events as (
    {{ newest_events() | indent(4) }}
),

journeys as (
    select * from {{ ref('dim_journeys') }}
)

select
    ---------- grain
    counts.project_id,
    counts.journey_id,
    journeys.journey_name,
    counts.journey_step_id,
    counts.channel,
    counts.message_date,

    ---------- messages by stage, events
    {{ count_columns('counts') }},

    ---------- people
    counts.reached_recipients,
    counts.clicked_recipients,
    counts.enrollments,

    ---------- rates
    {{ rate_columns() }},

    ---------- whether it is final
    {{ is_settled() }} as is_settled
from counts
inner join newest_events on counts.project_id = newest_events.project_id
left join journeys on counts.project_id = journeys.project_id and counts.journey_id = journeys.journey_id
