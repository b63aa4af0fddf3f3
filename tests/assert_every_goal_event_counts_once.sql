-- A join that doubles an event counts it twice: then there are more goal events than events of that type, or
-- more credited events than fct_conversions has.
with

counted as (
    select
        goal,
        project_id,
        sum(goal_events) as goal_events,
        sum(credited_events) as credited_events
    from {{ ref('goal_conversions_daily') }}
    group by goal, project_id
),

events as (
    select
        project_id,
        event_type,
        count(*) as events_of_type
    from {{ ref('stg_flarelane__customer_events') }}
    group by project_id, event_type
),

credited as (
    select
        goal,
        project_id,
        count(distinct event_id) as credited_events
    from {{ ref('fct_conversions') }}
    group by goal, project_id
)

select
    counted.goal,
    counted.project_id,
    counted.goal_events,
    coalesce(events.events_of_type, 0) as most_goal_events,
    counted.credited_events,
    coalesce(credited.credited_events, 0) as expected_credited_events
from counted
inner join {{ ref('conversion_goals') }} as goals on counted.goal = goals.goal
left join events on counted.project_id = events.project_id and goals.event_type = events.event_type
left join credited on counted.goal = credited.goal and counted.project_id = credited.project_id
where
    counted.goal_events > coalesce(events.events_of_type, 0)
    or counted.credited_events <> coalesce(credited.credited_events, 0)
