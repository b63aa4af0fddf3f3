-- One row per project and date: its newest event.
{{ config(materialized='table') }}

select
    project_id,
    event_date,
    max(event_at) as newest_event_at
from {{ ref('stg_flarelane__crm_events') }}
group by project_id, event_date
