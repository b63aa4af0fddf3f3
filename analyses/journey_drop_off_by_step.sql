-- At which step does a journey lose people?
-- One row per project, journey and step, in the order of dim_journey_steps; messages that name no step come
-- last. A journey that branches has steps side by side, and a share above or below 1 between two of them is
-- the branch's: journey_step_transitions has the runs from step to step. Runs that sent no message are not in
-- the export: the base is the runs with a message.
with

runs as (
    select
        project_id,
        journey_id,
        journey_step_id,
        count(distinct journey_enrollment_id) as enrollments,
        count(distinct case when is_reached then journey_enrollment_id end) as reached_enrollments,
        count(distinct case when clicked_at is not null then journey_enrollment_id end)
            as clicked_enrollments
    from {{ ref('fct_messages') }}
    where journey_id is not null and not is_test
    group by project_id, journey_id, journey_step_id
),

journeys as (
    select
        project_id,
        journey_id,
        count(distinct journey_enrollment_id) as journey_enrollments
    from {{ ref('fct_messages') }}
    where journey_id is not null and not is_test
    group by project_id, journey_id
),

steps as (
    select
        runs.*,
        row_number() over in_journey as step_number,
        lag(runs.enrollments) over in_journey as previous_enrollments
    from runs
    left join {{ ref('dim_journey_steps') }} as ordered_steps
        on
            runs.project_id = ordered_steps.project_id
            and runs.journey_id = ordered_steps.journey_id
            and runs.journey_step_id = ordered_steps.journey_step_id
    window in_journey as (
        partition by runs.project_id, runs.journey_id
        order by ordered_steps.step_order asc nulls last
    )
)

select
    steps.project_id,
    dim_journeys.journey_name,
    steps.step_number,
    steps.enrollments,
    steps.enrollments / nullif(cast(journeys.journey_enrollments as double), 0) as share_of_journey,
    steps.enrollments / nullif(cast(steps.previous_enrollments as double), 0) as share_of_previous,
    steps.previous_enrollments - steps.enrollments as lost_enrollments,
    steps.reached_enrollments,
    steps.clicked_enrollments,
    steps.journey_id,
    steps.journey_step_id
from steps
inner join journeys
    on steps.project_id = journeys.project_id and steps.journey_id = journeys.journey_id
left join {{ ref('dim_journeys') }} as dim_journeys
    on steps.project_id = dim_journeys.project_id and steps.journey_id = dim_journeys.journey_id
order by steps.project_id, steps.journey_id, steps.step_number
