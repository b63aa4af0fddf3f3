-- One row per project, campaign, journey, channel, message date, stage that ended badly, and error.
{{ config(materialized='partitioned', partition_by='message_date', reach=message_date_reach()) }}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

messages as (
    select messages.*
    from {{ ref('int_funnel_messages') }} as messages
    semi join partitions
        on messages.project_id = partitions.project_id and messages.message_date = partitions.event_date
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
