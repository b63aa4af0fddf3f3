-- One row per project, person and week in which a message to them began.
{{ config(
    materialized='partitioned',
    upstream='int_messages',
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
    mend='delete_affected_weeks',
) }}

with

messages as (
    select
        messages.*,
        {{ week_start('messages.message_date') }} as week
    from {{ ref('int_funnel_messages') }} as messages
    {%- if is_partial_build() %}
    semi join ({{ weeks_around_changes() }}) as weeks
        on messages.project_id = weeks.project_id and {{ week_start('messages.message_date') }} = weeks.week
    {%- endif %}
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
