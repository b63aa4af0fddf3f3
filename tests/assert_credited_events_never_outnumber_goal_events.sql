-- Each event counts once here, credited or not: more credit than events means that one was doubled.
select
    goal,
    project_id,
    event_date,
    goal_events,
    credited_events
from {{ ref('goal_conversions_daily') }}
where credited_events > goal_events or goal_events < 1
