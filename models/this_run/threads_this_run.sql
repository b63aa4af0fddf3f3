-- One row per thread that the run links again: it has, or had, an event on a date that changed.
{{ config(materialized='this_run', scope_of='int_event_links') }}

with

changed_partitions as (
    {{ partitions_changed_for('int_event_links') | indent(4) }}
),

threads_as_they_were as (
    select links.thread_key
    from {{ previous_rows('int_event_links') }} as links
    semi join changed_partitions
        on
            links.project_id = changed_partitions.project_id
            and links.event_date = changed_partitions.event_date
),

threads_as_they_are as (
    select events.thread_key
    from {{ ref('int_thread_events') }} as events
    semi join changed_partitions
        on
            events.project_id = changed_partitions.project_id
            and events.event_date = changed_partitions.event_date
)

select thread_key from threads_as_they_were
union
select thread_key from threads_as_they_are
