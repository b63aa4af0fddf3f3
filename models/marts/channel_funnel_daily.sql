-- One row per project, channel and message date: a cohort.
{{ config(
    materialized='partitioned',
    upstream='int_messages',
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
) }}

{{ funnel(['project_id', 'channel', 'message_date'], settled=true) }}
