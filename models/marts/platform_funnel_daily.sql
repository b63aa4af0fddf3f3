-- One row per project, channel, platform, provider and message date: a cohort.
{{ config(materialized='stable_view') }}

with

counts as (
    select * from {{ ref('int_platform_daily_counts') }}
),

newest_events as (
    {{ newest_events() | indent(4) }}
)

select
    ---------- grain
    counts.project_id,
    counts.channel,
    counts.platform,
    counts.provider,
    counts.message_date,

    ---------- messages by stage, events
    {{ count_columns('counts') }},

    ---------- people
    counts.reached_recipients,
    counts.clicked_recipients,

    ---------- rates
    {{ rate_columns() }},

    ---------- whether it is final
    {{ is_settled() }} as is_settled
from counts
inner join newest_events on counts.project_id = newest_events.project_id
