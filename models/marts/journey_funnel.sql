-- One row per project, journey and channel.
{{ funnel(
    ['project_id', 'journey_id', 'channel'],
    names=['journey'],
    times=true,
    enrollments=true,
) }}
