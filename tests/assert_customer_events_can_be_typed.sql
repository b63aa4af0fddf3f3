-- A customer event keeps its row when its id, time or data cannot be read, with null in the place of what
-- is lost.
{{ config(severity='warn') }}
select
    project_id,
    event_date,
    missing_id_rows,
    invalid_time_rows,
    unparsable_data_rows
from {{ ref('customer_event_reconciliation') }}
where missing_id_rows > 0 or invalid_time_rows > 0 or unparsable_data_rows > 0
