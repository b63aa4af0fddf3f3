-- One row per project, channel and message date: what channel_funnel_daily counts.
{{ config(
    materialized='partitioned',
    upstream='int_campaign_daily_counts',
    depends_on_settings=['message_window_days', 'reporting_timezone', 'include_test_messages'],
    mend='delete_affected_message_dates',
) }}

{%- set grain = ['project_id', 'channel', 'message_date'] %}

with

messages as (
    select messages.*
    from {{ ref('int_funnel_messages') }} as messages
    {%- if is_partial_build() %}
    semi join ({{ message_dates_around_changes() }}) as dates
        on messages.project_id = dates.project_id and messages.message_date = dates.event_date
    {%- endif %}
),

days as (
    select days.*
    from {{ ref('int_campaign_daily_counts') }} as days
    {%- if is_partial_build() %}
    semi join ({{ message_dates_around_changes() }}) as dates
        on days.project_id = dates.project_id and days.message_date = dates.event_date
    {%- endif %}
),

counts as (
    {{ summed_counts('days', grain) }}
),

people as (
    {{ distinct_people('messages', grain) }}
)

select
    counts.project_id,
    counts.channel,
    counts.message_date,
    {{ count_columns('counts') }},
    counts.first_message_at,
    counts.last_message_at,
    {{ people_columns('people') }}
from counts
left join people on counts.grain_key = people.grain_key
