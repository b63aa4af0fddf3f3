-- A rejected row is no conversion: whoever publishes the events should hear of it, and how often it happens.
{{ config(severity='warn') }}
select
    rejection_reason,
    count(*) as rejected_rows,
    min(date) as first_date,
    max(date) as last_date,
    min(source_file) as first_file
from {{ ref('stg_flarelane__rejected_customer_events') }}
group by rejection_reason
