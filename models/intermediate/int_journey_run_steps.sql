-- One row per project, journey, run of the journey and step that sent it a message.
-- The run is a number: millions of runs are grouped and joined, in a handful of journeys.
select
    {{ hash_number(['project_id', 'journey_id', 'journey_enrollment_id']) }} as run_key,
    project_id,
    journey_id,
    journey_step_id,
    min(message_at) as first_message_at
from {{ ref('int_funnel_messages') }}
where journey_id is not null and journey_enrollment_id is not null
group by run_key, project_id, journey_id, journey_step_id
