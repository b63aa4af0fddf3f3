-- One row per project, journey, journey step, channel and message date: what
-- journey_step_funnel_daily counts.
{{ config(
    materialized='partitioned',
    upstream='int_messages',
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
    mend='delete_affected_message_dates',
) }}

{{ funnel_counts(
    ['project_id', 'journey_id', 'journey_step_id', 'channel', 'message_date'],
    dates=message_dates_around_changes() if is_partial_build() else none,
) }}
