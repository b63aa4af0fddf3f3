-- One row per project, person and week in which a message to them began.
{{ config(materialized='partitioned', partition_by='week', reach=week_reach()) }}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

-- A week is rebuilt as a whole: the date of its partition is its Monday.
messages as (
    select
        messages.*,
        partitions.event_date as week
    from {{ ref('int_funnel_messages') }} as messages
    inner join partitions
        on
            messages.project_id = partitions.project_id
            and {{ week_start('messages.message_date') }} = partitions.event_date
)

select
    project_id,
    person_key,
    week,
    count(*) filter (where is_reached) as reached_messages,
    count(clicked_at) as clicked_messages,
    count(aborted_at) as aborted_messages,
    -- One bit a channel: a distinct count would take twice the time of all the rest.
    cast(
        bit_count(coalesce(bit_or(
            case
                {%- for channel in documented_channels() %}
                when is_reached and channel = '{{ channel }}' then {{ 2 ** loop.index0 }}
                {%- endfor %}
            end
        ), 0)) as bigint
    ) as channels_reached
from messages
group by project_id, person_key, week
