-- One row per message that the run puts together again, because a change can have touched it.
{{ config(materialized='this_run', scope_of='int_messages') }}

with

changed_partitions as (
    {{ partitions_changed_for('int_messages') | indent(4) }}
),

-- A message reaches that many dates after the one it begins on.
reached_partitions as (
    {{ dates_around('changed_partitions', 0, window_dates()) | indent(4) }}
),

changed_threads as (
    select messages.thread_key
    from {{ previous_rows('int_messages') }} as messages
    inner join changed_partitions
        on
            messages.project_id = changed_partitions.project_id
            and changed_partitions.event_date between messages.first_event_date and messages.last_event_date
    union
    select links.thread_key
    from {{ ref('int_event_links') }} as links
    semi join changed_partitions
        on
            links.project_id = changed_partitions.project_id
            and links.event_date = changed_partitions.event_date
),

-- Of a changed thread, the messages with an event on a changed date or as far after it as a message reaches.
touched_messages as (
    select
        messages.message_row_key,
        messages.project_id,
        messages.first_event_date
    from {{ previous_rows('int_messages') }} as messages
    inner join changed_partitions
        on
            messages.project_id = changed_partitions.project_id
            and messages.last_event_date >= changed_partitions.event_date
            and messages.first_event_date <= changed_partitions.event_date + {{ window_dates() }}
    where messages.thread_key in (select thread_key from changed_threads)
    union
    select
        links.message_row_key,
        links.project_id,
        links.first_event_date
    from {{ ref('int_event_links') }} as links
    semi join reached_partitions
        on
            links.project_id = reached_partitions.project_id
            and links.event_date = reached_partitions.event_date
    where links.thread_key in (select thread_key from changed_threads)
),

-- No change lies between a window before such a message and its last event: its row still tells its events up to then.
continued_messages as (
    select
        messages.message_row_key,
        messages.last_event_date
    from {{ previous_rows('int_messages') }} as messages
    semi join touched_messages
        on
            messages.message_row_key = touched_messages.message_row_key
            and messages.first_event_date = touched_messages.first_event_date
    anti join changed_partitions
        on
            messages.project_id = changed_partitions.project_id
            and changed_partitions.event_date
            between messages.first_event_date - {{ window_dates() }} and messages.last_event_date
)

select
    touched_messages.message_row_key,
    touched_messages.project_id,
    touched_messages.first_event_date,
    continued_messages.last_event_date as known_until
from touched_messages
left join continued_messages on touched_messages.message_row_key = continued_messages.message_row_key
