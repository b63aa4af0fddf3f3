-- One row per project and campaign: its latest name, its channels, its first and last message.
{{ config(
    materialized='partitioned',
    upstream=['int_messages', 'int_daily_names'],
    whole=true,
    depends_on_settings=['message_window_days', 'reporting_timezone'],
) }}

{{ message_dimension('campaign') }}
