-- One row per project, journey, journey step, channel and message date: what
-- journey_step_funnel_daily counts.
{{ config(materialized='partitioned', partition_by='message_date', reach=message_date_reach()) }}

{%- set grain = ['project_id', 'journey_id', 'journey_step_id', 'channel', 'message_date'] %}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

messages as {{ inlined() }} (
    select messages.*
    from {{ ref('int_funnel_messages') }} as messages
    semi join partitions
        on messages.project_id = partitions.project_id and messages.message_date = partitions.event_date
    where messages.journey_id is not null
),

counts as (
    {{ message_counts('messages', grain) }}
),

people as (
    {{ distinct_people('messages', grain) }}
),

runs as (
    {{ journey_runs('messages', grain) }}
)

select
    counts.project_id,
    counts.journey_id,
    counts.journey_step_id,
    counts.channel,
    counts.message_date,
    {{ count_columns('counts') }},
    counts.first_message_at,
    counts.last_message_at,
    {{ people_columns('people') }},
    runs.enrollments
from counts
left join people on counts.grain_key = people.grain_key
left join runs on counts.grain_key = runs.grain_key
