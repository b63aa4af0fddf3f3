-- One row per project, campaign, channel, stage that ended badly, and error.
{{ config(
    materialized='partitioned',
    upstream='int_messages',
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
) }}

with

messages as (
    select * from {{ ref('int_funnel_messages') }}
),

failed_messages as (
    {%- for stage in ('aborted', 'failed', 'undelivered') %}
    select
        project_id,
        campaign_id,
        channel,
        '{{ stage }}' as stage,
        error
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
    channel,
    stage,
    error,
    count(*) as messages
from failed_messages
group by project_id, campaign_id, channel, stage, error
