-- One row per project, journey, journey step and channel.
{{ funnel(
    ['project_id', 'journey_id', 'journey_step_id', 'channel'],
    names=['journey'],
    times=true,
    enrollments=true,
) }}
