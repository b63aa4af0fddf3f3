-- One row per duplicate: a valid source row of customer_events whose event is accepted from another row.
{{ config(
    materialized='partitioned',
    upstream='base_flarelane__customer_rows',
    whole=true,
    offers='duplicates_by_part',
) }}

{{ duplicate_rows(ref('base_flarelane__customer_rows'), 'rejection_reason is null') }}
