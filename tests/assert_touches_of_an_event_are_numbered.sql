-- A touch that is missing or doubled gives an event away more or less than once.
select
    goal,
    project_id,
    event_id,
    count(*) as rows_of_event,
    max(touches) as touches
from {{ ref('fct_conversions') }}
group by goal, project_id, event_id
having
    min(touches) <> count(*)
    or max(touches) <> count(*)
    or count(distinct touch_number) <> count(*)
    or min(touch_number) <> 1
    or max(touch_number) <> count(*)
    or count(*) filter (where is_first_touch) <> 1
    or count(*) filter (where is_last_touch) <> 1
