-- One row per duplicate: a valid source row of crm_events whose event is accepted from another row.
{{ config(materialized='table') }}

{{ duplicate_rows(
    "select * from " ~ ref('base_flarelane__crm_rows') ~ " where rejection_reason is null"
) }}
