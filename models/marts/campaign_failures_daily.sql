-- One row per project, campaign, journey, channel, message date, stage that ended badly, and error.
{{ config(materialized='partitioned', partition_by='message_date', reach=message_date_reach()) }}

{%- set grain = ['project_id', 'campaign_id', 'channel', 'message_date'] %}

with

failed_messages as (
    {%- for stage in ('aborted', 'failed', 'undelivered') %}
    select
        *,
        '{{ stage }}' as stage
    from ({{ messages_of_funnel(grain, partitions_in_scope()) }})
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
