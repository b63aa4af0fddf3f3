-- One row per project, journey, step and other step to which runs of the journey came after it.
{{ config(materialized='partitioned', whole=true) }}

with

run_steps as (
    select * from {{ ref('int_journey_run_steps') }}
    where journey_step_id is not null
),

runs_of_steps as (
    select
        project_id,
        journey_id,
        journey_step_id,
        count(*) as enrollments
    from run_steps
    group by project_id, journey_id, journey_step_id
),

transitions as (
    select
        from_steps.project_id,
        from_steps.journey_id,
        from_steps.journey_step_id as from_step_id,
        to_steps.journey_step_id as to_step_id,
        count(*) as enrollments,
        median(
            {{ microseconds_between('from_steps.first_message_at', 'to_steps.first_message_at') }}
        ) / 1000000.0 as median_seconds_between
    from run_steps as from_steps
    inner join run_steps as to_steps
        on
            from_steps.run_key = to_steps.run_key
            and from_steps.journey_step_id <> to_steps.journey_step_id
            and from_steps.first_message_at <= to_steps.first_message_at
    group by
        from_steps.project_id,
        from_steps.journey_id,
        from_steps.journey_step_id,
        to_steps.journey_step_id
),

steps as (
    select * from {{ ref('dim_journey_steps') }}
)

select
    ---------- grain
    transitions.project_id,
    transitions.journey_id,
    from_steps.journey_name,
    transitions.from_step_id,
    from_steps.step_order as from_step_order,
    transitions.to_step_id,
    to_steps.step_order as to_step_order,

    ---------- runs
    runs_of_steps.enrollments as from_enrollments,
    transitions.enrollments,
    transitions.enrollments / cast(runs_of_steps.enrollments as double) as share_of_from,

    ---------- time
    transitions.median_seconds_between
from transitions
inner join runs_of_steps
    on
        transitions.project_id = runs_of_steps.project_id
        and transitions.journey_id = runs_of_steps.journey_id
        and transitions.from_step_id = runs_of_steps.journey_step_id
inner join steps as from_steps
    on
        transitions.project_id = from_steps.project_id
        and transitions.journey_id = from_steps.journey_id
        and transitions.from_step_id = from_steps.journey_step_id
inner join steps as to_steps
    on
        transitions.project_id = to_steps.project_id
        and transitions.journey_id = to_steps.journey_id
        and transitions.to_step_id = to_steps.journey_step_id
