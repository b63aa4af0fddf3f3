-- One row per project, campaign, journey, channel, message date, stage that ended badly, and error.
{{ config(
    materialized='partitioned',
    upstream='int_messages',
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
    mend='delete_affected_message_dates',
) }}

with

messages as (
    select messages.*
    from {{ ref('int_funnel_messages') }} as messages
    {%- if is_partial_build() %}
    semi join ({{ message_dates_around_changes() }}) as dates
        on messages.project_id = dates.project_id and messages.message_date = dates.event_date
    {%- endif %}
),

failed_messages as (
    {%- for stage in ('aborted', 'failed', 'undelivered') %}
    select
        *,
        '{{ stage }}' as stage
    from messages
    where {{ stage }}_at is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    project_id,
    campaign_id,
    journey_id,
    channel,
    message_date,
    stage,
    error,
    count(*) as messages
from failed_messages
group by project_id, campaign_id, journey_id, channel, message_date, stage, error
