-- One row per project and date: its newest customer event.
{{ config(materialized='partitioned', upstream='base_flarelane__duplicate_customer_rows') }}

select
    project_id,
    event_date,
    max(event_at) as newest_event_at
from {{ ref('stg_flarelane__customer_events') }} as events
{{ join_changed_parts('events') }}
group by project_id, event_date
