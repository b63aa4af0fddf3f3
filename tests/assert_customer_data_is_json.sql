-- A customer event whose data does not parse is kept with null in its place: no goal finds a property or an
-- amount in it.
{{ config(severity='warn') }}
select
    project_id,
    event_date,
    unparsable_data_rows
from {{ ref('customer_event_reconciliation') }}
where unparsable_data_rows > 0
