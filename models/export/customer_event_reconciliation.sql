-- One row per project and date of customer_events: what became of its source rows.
{{ config(materialized='partitioned') }}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

source_rows as (
    select
        project_id,
        partition_date,
        count(*) as source_rows,
        count(rejection_reason) as rejected_rows,
        count(*) filter (where is_forgotten) as forgotten_rows
    from {{ ref('base_flarelane__customer_rows') }} as base_rows
    semi join partitions
        on base_rows.project_id = partitions.project_id and base_rows.partition_date = partitions.event_date
    group by project_id, partition_date
),

unparsable_events as (
    select
        project_id,
        event_date,
        count(*) filter (where is_data_unparsable) as unparsable_data_rows
    from {{ ref('stg_flarelane__customer_events') }} as events
    semi join partitions
        on events.project_id = partitions.project_id and events.event_date = partitions.event_date
    group by project_id, event_date
),

duplicate_rows as (
    select
        project_id,
        partition_date,
        count(*) as duplicate_rows
    from {{ ref('base_flarelane__duplicate_customer_rows') }} as duplicates
    semi join partitions
        on duplicates.project_id = partitions.project_id and duplicates.partition_date = partitions.event_date
    group by project_id, partition_date
)

select
    source_rows.project_id,
    source_rows.partition_date as event_date,
    source_rows.source_rows,
    source_rows.source_rows
    - source_rows.rejected_rows
    - source_rows.forgotten_rows
    - coalesce(duplicate_rows.duplicate_rows, 0) as event_rows,
    coalesce(duplicate_rows.duplicate_rows, 0) as duplicate_rows,
    source_rows.rejected_rows,
    source_rows.forgotten_rows,
    coalesce(unparsable_events.unparsable_data_rows, 0) as unparsable_data_rows
from source_rows
left join unparsable_events
    on
        source_rows.project_id = unparsable_events.project_id
        and source_rows.partition_date = unparsable_events.event_date
left join duplicate_rows
    on
        source_rows.project_id = duplicate_rows.project_id
        and source_rows.partition_date = duplicate_rows.partition_date
