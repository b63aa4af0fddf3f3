-- One row per file of the export that cannot be read, with the reason.
{{ config(materialized='stable_view') }}

select
    path,
    project_id,
    partition_date,
    state_reason
from {{ ref('export_files') }}
where state = 'unreadable'
