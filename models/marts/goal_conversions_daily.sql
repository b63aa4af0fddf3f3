-- One row per goal, project and date of the customer event: each event once, credited or not.
{{ config(materialized='partitioned', whole=true) }}

with

goal_events as (
    select * from {{ ref('int_goal_events') }}
),

-- Each credited event has one first touch.
credited_events as (
    select
        goal,
        row_key
    from {{ ref('int_conversions') }}
    where is_first_touch
),

goals as (
    select * from {{ ref('int_conversion_goals') }}
)

select
    ---------- grain
    goal_events.goal,
    goal_events.project_id,
    goal_events.event_date,

    ---------- events
    count(*) as goal_events,
    count(credited_events.row_key) as credited_events,

    ---------- amounts
    goals.currency,
    sum(goal_events.amount) as goal_revenue,
    sum(goal_events.amount) filter (where credited_events.row_key is not null) as credited_revenue
from goal_events
inner join goals on goal_events.goal = goals.goal
left join credited_events
    on
        goal_events.goal = credited_events.goal
        and goal_events.row_key = credited_events.row_key
group by goal_events.goal, goal_events.project_id, goal_events.event_date, goals.currency
