-- An event that the pass over the rules left out could break any rule unseen.
with

checked_days as (
    select
        project_id,
        event_date,
        sum(checked_events) as checked_events
    from {{ ref('column_rule_results') }}
    where rule = 'format' and column_name = 'id'
    group by project_id, event_date
),

export_days as (
    select
        project_id,
        event_date,
        event_rows
    from {{ ref('export_reconciliation') }}
)

select
    export_days.project_id,
    export_days.event_date,
    export_days.event_rows,
    checked_days.checked_events
from export_days
left join checked_days
    on
        export_days.project_id = checked_days.project_id
        and export_days.event_date = checked_days.event_date
where export_days.event_rows is distinct from checked_days.checked_events
