-- One row per project, channel and message date: what channel_funnel_daily counts.
{{ config(
    materialized='partitioned',
    upstream='int_campaign_daily_counts',
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
    mend='delete_affected_message_dates',
) }}

{{ funnel_counts(
    ['project_id', 'channel', 'message_date'],
    dates=message_dates_around_changes() if is_partial_build() else none,
    parts='int_campaign_daily_counts',
) }}
