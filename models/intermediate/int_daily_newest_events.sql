-- One row per project and date: its newest event.
{{ config(materialized='partitioned', upstream='base_flarelane__duplicate_crm_rows') }}

select
    project_id,
    event_date,
    max(event_at) as newest_event_at
from {{ ref('stg_flarelane__crm_events') }} as events
{{ join_changed_parts('events') }}
group by project_id, event_date
