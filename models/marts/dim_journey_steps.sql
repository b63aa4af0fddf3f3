-- One row per project, journey and step: its place in the journey, its messages.
{{ config(materialized='partitioned', whole=true) }}

with

steps as (
    select
        project_id,
        journey_id,
        journey_step_id,
        count(*) as messages,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from {{ ref('fct_messages') }}
    where journey_id is not null and journey_step_id is not null
    group by project_id, journey_id, journey_step_id
),

run_steps as (
    select * from {{ ref('int_journey_run_steps') }}
),

runs as (
    select
        run_key,
        min(first_message_at) as first_message_at
    from run_steps
    group by run_key
),

delays as (
    select
        run_steps.project_id,
        run_steps.journey_id,
        run_steps.journey_step_id,
        median({{ microseconds_between('runs.first_message_at', 'run_steps.first_message_at') }}) / 1000000.0
            as median_seconds_since_enrollment
    from run_steps
    inner join runs on run_steps.run_key = runs.run_key
    where run_steps.journey_step_id is not null
    group by run_steps.project_id, run_steps.journey_id, run_steps.journey_step_id
),

journeys as (
    select * from {{ ref('dim_journeys') }}
)

select
    steps.project_id,
    steps.journey_id,
    journeys.journey_name,
    steps.journey_step_id,
    row_number() over (
        partition by steps.project_id, steps.journey_id
        order by
            delays.median_seconds_since_enrollment asc nulls last,
            steps.first_message_at asc,
            steps.journey_step_id asc
    ) as step_order,
    delays.median_seconds_since_enrollment,
    steps.messages,
    steps.first_message_at,
    steps.last_message_at
from steps
left join delays
    on
        steps.project_id = delays.project_id
        and steps.journey_id = delays.journey_id
        and steps.journey_step_id = delays.journey_step_id
left join journeys on steps.project_id = journeys.project_id and steps.journey_id = journeys.journey_id
