-- One row per project, channel, message date and hour: what hour_funnel_daily counts.
{{ config(
    materialized='partitioned',
    partition_by='message_date',
    reach=message_date_reach(),
    batch_by='int_funnel_messages',
) }}

{%- set grain = ['project_id', 'channel', 'message_date', 'message_hour'] %}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

messages as {{ inlined() }} (
    select messages.*
    from {{ ref('int_funnel_messages') }} as messages
    semi join partitions
        on messages.project_id = partitions.project_id and messages.message_date = partitions.event_date
),

counts as (
    {{ message_counts('messages', grain) }}
),

people as (
    {{ distinct_people('messages', grain) }}
)

select
    counts.project_id,
    counts.channel,
    counts.message_date,
    counts.message_hour,
    {{ count_columns('counts') }},
    counts.first_message_at,
    counts.last_message_at,
    {{ people_columns('people') }}
from counts
left join people on counts.grain_key = people.grain_key
