-- Nothing is dropped in silence: each row that the reconciliation counts as rejected is listed with its
-- file. Not in the tests of accepted rows: this one reads the ledger, which each build writes, so it always
-- runs.
with

counted as (
    select
        'crm_events' as source_table,
        project_id,
        event_date,
        rejected_rows
    from {{ ref('export_reconciliation') }}
    where rejected_rows > 0
    union all
    select
        'customer_events' as source_table,
        project_id,
        event_date,
        rejected_rows
    from {{ ref('customer_event_reconciliation') }}
    where rejected_rows > 0
),

listed as (
    select
        'crm_events' as source_table,
        projectid as project_id,
        date as event_date,
        count(*) as rejected_rows
    from {{ ref('stg_flarelane__rejected_crm_events') }}
    group by projectid, date
    union all
    select
        'customer_events' as source_table,
        projectid as project_id,
        date as event_date,
        count(*) as rejected_rows
    from {{ ref('stg_flarelane__rejected_customer_events') }}
    group by projectid, date
)

select
    coalesce(counted.source_table, listed.source_table) as source_table,
    coalesce(counted.project_id, listed.project_id) as project_id,
    coalesce(counted.event_date, listed.event_date) as event_date,
    counted.rejected_rows,
    listed.rejected_rows as listed_rows
from counted
full join listed
    on
        counted.source_table = listed.source_table
        and counted.project_id = listed.project_id
        and counted.event_date = listed.event_date
where counted.rejected_rows is distinct from listed.rejected_rows
