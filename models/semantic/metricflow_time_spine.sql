-- One row per day. MetricFlow joins metrics to it where a query asks for days without messages too.
{{ config(materialized='stable_view') }}
with

digits (digit) as (
    values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)
),

days as (
    select thousands.digit * 1000 + hundreds.digit * 100 + tens.digit * 10 + ones.digit as days_later
    from digits as thousands
    cross join digits as hundreds
    cross join digits as tens
    cross join digits as ones
)

select cast({{ dbt.dateadd('day', 'days_later', "cast('2015-01-01' as date)") }} as date) as date_day
from days
