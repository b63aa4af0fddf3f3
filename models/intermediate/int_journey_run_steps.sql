-- One row per project, journey, run of the journey and step that sent it a message.
select
    project_id,
    journey_id,
    journey_enrollment_id,
    journey_step_id,
    min(message_at) as first_message_at,
    min(min(message_at)) over (
        partition by project_id, journey_id, journey_enrollment_id
    ) as first_message_of_run_at
from {{ ref('int_funnel_messages') }}
where journey_id is not null and journey_enrollment_id is not null
group by project_id, journey_id, journey_enrollment_id, journey_step_id
