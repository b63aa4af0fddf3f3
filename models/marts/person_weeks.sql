-- One row per project, person and week in which a message to them began.
{{ config(
    materialized='partitioned',
    upstream='int_messages',
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
) }}

with

-- By hash, because a short number groups faster than a long text.
channel_weeks as (
    select
        project_id,
        person_hash,
        {{ week_start('message_date') }} as week,
        channel,
        min(person_key) as person_key,
        count(*) filter (where is_reached) as reached_messages,
        count(clicked_at) as clicked_messages,
        count(aborted_at) as aborted_messages
    from {{ ref('int_funnel_messages') }}
    group by project_id, person_hash, week, channel
)

select
    project_id,
    min(person_key) as person_key,
    week,
    cast(sum(reached_messages) as bigint) as reached_messages,
    cast(sum(clicked_messages) as bigint) as clicked_messages,
    cast(sum(aborted_messages) as bigint) as aborted_messages,
    count(*) filter (where reached_messages > 0) as channels_reached
from channel_weeks
group by project_id, person_hash, week
