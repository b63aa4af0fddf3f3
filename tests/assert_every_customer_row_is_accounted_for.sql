-- Nothing is dropped in silence: each source row of customer_events is an event, a duplicate, a rejected
-- row or one of somebody to be forgotten, and there are just as many events as the reconciliation says.
with

reconciliation as (
    select * from {{ ref('customer_event_reconciliation') }}
),

event_counts as (
    select
        project_id,
        event_date,
        count(*) as event_rows
    from {{ ref('stg_flarelane__customer_events') }}
    group by project_id, event_date
)

select
    coalesce(reconciliation.project_id, event_counts.project_id) as project_id,
    coalesce(reconciliation.event_date, event_counts.event_date) as event_date,
    reconciliation.source_rows,
    reconciliation.event_rows,
    event_counts.event_rows as modelled_event_rows,
    reconciliation.duplicate_rows,
    reconciliation.rejected_rows,
    reconciliation.forgotten_rows
from reconciliation
full join event_counts
    on
        reconciliation.project_id = event_counts.project_id
        and reconciliation.event_date = event_counts.event_date
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
    -- A day of duplicates alone is in the reconciliation and not among the events.
    or reconciliation.event_rows is distinct from coalesce(event_counts.event_rows, 0)
