-- A file may be listed as loaded while its rows, or some of them, are found by nobody: they would be
-- missing from every number. Left out are partitions with files that wait to be loaded, and with files of
-- which an earlier release noted no number of rows.
with

file_rows as (
    select
        source_table,
        project_id,
        partition_date,
        sum(source_rows) as rows_of_files,
        bool_or(state = 'pending' or source_rows is null) as is_unknown
    from {{ ref('export_files') }}
    where state in ('loaded', 'pending')
    group by source_table, project_id, partition_date
),

loaded_rows as (
    select
        'crm_events' as source_table,
        project_id,
        event_date as partition_date,
        source_rows
    from {{ ref('export_reconciliation') }}
    union all
    select
        'customer_events' as source_table,
        project_id,
        event_date as partition_date,
        source_rows
    from {{ ref('customer_event_reconciliation') }}
)

select
    coalesce(file_rows.source_table, loaded_rows.source_table) as source_table,
    coalesce(file_rows.project_id, loaded_rows.project_id) as project_id,
    coalesce(file_rows.partition_date, loaded_rows.partition_date) as partition_date,
    coalesce(file_rows.rows_of_files, 0) as rows_of_files,
    coalesce(loaded_rows.source_rows, 0) as loaded_rows
from file_rows
full join loaded_rows
    on
        file_rows.source_table = loaded_rows.source_table
        and file_rows.project_id = loaded_rows.project_id
        and file_rows.partition_date = loaded_rows.partition_date
where
    coalesce(file_rows.rows_of_files, 0) <> coalesce(loaded_rows.source_rows, 0)
    and not coalesce(file_rows.is_unknown, false)
