-- Nothing is dropped in silence: each source row is an event, a duplicate, a rejected row or one of somebody to
-- be forgotten, and the models behind hold just as many rows as the reconciliation says.
with

reconciliation as (
    select * from {{ ref('export_reconciliation') }}
),

event_counts as (
    select
        project_id,
        event_date,
        count(*) as event_rows
    from {{ ref('stg_flarelane__crm_events') }}
    group by project_id, event_date
),

rejected_counts as (
    select
        projectid as project_id,
        date as event_date,
        count(*) as rejected_rows
    from {{ ref('stg_flarelane__rejected_crm_events') }}
    group by projectid, date
),

modelled_counts as (
    select
        coalesce(event_counts.project_id, rejected_counts.project_id) as project_id,
        coalesce(event_counts.event_date, rejected_counts.event_date) as event_date,
        coalesce(event_counts.event_rows, 0) as event_rows,
        coalesce(rejected_counts.rejected_rows, 0) as rejected_rows
    from event_counts
    full join rejected_counts
        on
            event_counts.project_id = rejected_counts.project_id
            and event_counts.event_date = rejected_counts.event_date
)

select
    coalesce(reconciliation.project_id, modelled_counts.project_id) as project_id,
    coalesce(reconciliation.event_date, modelled_counts.event_date) as event_date,
    reconciliation.source_rows,
    reconciliation.event_rows,
    modelled_counts.event_rows as modelled_event_rows,
    reconciliation.duplicate_rows,
    reconciliation.rejected_rows,
    modelled_counts.rejected_rows as modelled_rejected_rows,
    reconciliation.forgotten_rows
from reconciliation
full join modelled_counts
    on
        reconciliation.project_id = modelled_counts.project_id
        and reconciliation.event_date = modelled_counts.event_date
where
    reconciliation.source_rows is distinct from
    reconciliation.event_rows + reconciliation.duplicate_rows + reconciliation.rejected_rows
    + reconciliation.forgotten_rows
    or least(
        reconciliation.event_rows,
        reconciliation.duplicate_rows,
        reconciliation.rejected_rows,
        reconciliation.forgotten_rows
    ) < 0
    -- A day of duplicates alone is in the reconciliation and in neither model.
    or reconciliation.event_rows is distinct from coalesce(modelled_counts.event_rows, 0)
    or reconciliation.rejected_rows is distinct from coalesce(modelled_counts.rejected_rows, 0)
