-- One row per duplicate: a source row of customer_events whose event is taken from another row.
{{ config(materialized='table') }}

{{ duplicate_rows(
    "select * from " ~ ref('base_flarelane__customer_rows') ~ " where event_id is not null"
) }}
