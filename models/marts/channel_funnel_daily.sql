-- One row per project, channel and message date: a cohort.
{{ funnel(['project_id', 'channel', 'message_date'], settled=true) }}
