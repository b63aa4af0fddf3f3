-- One row per project and date: its newest customer event.
{{ config(materialized='partitioned') }}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
)

select
    events.project_id,
    events.event_date,
    max(events.event_at) as newest_event_at
from {{ ref('stg_flarelane__customer_events') }} as events
semi join partitions
    on events.project_id = partitions.project_id and events.event_date = partitions.event_date
group by events.project_id, events.event_date
