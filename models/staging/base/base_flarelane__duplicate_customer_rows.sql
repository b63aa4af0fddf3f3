-- One row per duplicate: a source row of customer_events whose event is taken from another row.
{{ config(materialized='partitioned', partition_by='partition_date', whole=true, output_key='row_key') }}

{{ duplicate_rows(
    ref('base_flarelane__customer_rows'),
    'event_id is not null',
    previous_rows('base_flarelane__duplicate_customer_rows'),
) }}
