-- One row per duplicate: a valid source row of customer_events whose event is accepted from another row.
{{ config(materialized='partitioned', partition_by='partition_date', whole=true, output_key='row_key') }}

{{ duplicate_rows(
    ref('base_flarelane__customer_rows'),
    'rejection_reason is null and not is_forgotten',
    previous_rows('base_flarelane__duplicate_customer_rows'),
) }}
