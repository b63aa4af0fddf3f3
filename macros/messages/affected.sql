{#- How many calendar dates after the one it begins on a message can reach. -#}
{% macro window_dates() -%}
    {{- return(var('message_window_days') + 1) -}}
{%- endmacro %}

{#-
    Statements that take out of int_event_links the events that changes can relink, which its SQL then puts in again.

    A change on a date can move the events of its threads on that date and as far after it as a message reaches. The
    threads are those of the changed dates, as they were linked and as they are. Leaves the temporary tables
    affected_threads and linked_dates for the model's SQL: of the dates before, which are not relinked, only the
    `created` events matter, as the events that others are linked to. batch: condition on changed_parts().
-#}
{% macro unlink_affected_events(batch) -%}
    create or replace temporary table affected_threads as
    select links.thread_key
    from {{ this }} as links
    {{ join_changed_parts('links') }}
    union
    select events.thread_key
    from {{ ref('int_thread_events') }} as events
    {{ join_changed_parts('events') }};

    create or replace temporary table linked_dates as
    select
        dates.project_id,
        dates.event_date,
        relinked.event_date is not null as is_relinked
    from ({{ dates_around_changes(window_dates(), window_dates()) }}) as dates
    left join ({{ dates_around_changes(0, window_dates()) }}) as relinked
        on dates.project_id = relinked.project_id and dates.event_date = relinked.event_date;

    delete from {{ this }} as links
    using linked_dates as dates
    where
        dates.is_relinked
        and links.project_id = dates.project_id
        and links.event_date = dates.event_date
        and links.thread_key in (select thread_key from affected_threads)
{%- endmacro %}

{#-
    Statements that take out of int_messages the messages that changes can touch, which its SQL then puts in again.

    These are, of the threads with a message on a changed date, as they were or as they are linked, the messages with
    an event on that date or as far after it as a message reaches. Leaves temporary tables for the model's SQL, so that
    neither links nor events are read more than once: affected_links, the links of those messages, and
    affected_events, the events that they take their attributes from. batch: condition on changed_parts().
-#}
{% macro remove_affected_messages(batch) -%}
    create or replace temporary table affected_threads as
    select messages.thread_key
    from {{ this }} as messages
    inner join {{ changed_parts() }} as parts
        on
            messages.project_id = parts.project_id
            and parts.event_date between messages.first_event_date and messages.last_event_date
    union
    select links.thread_key
    from {{ ref('int_event_links') }} as links
    {{ join_changed_parts('links') }};

    create or replace temporary table affected_messages as
    select messages.message_row_key
    from {{ this }} as messages
    inner join {{ changed_parts() }} as parts
        on
            messages.project_id = parts.project_id
            and messages.last_event_date >= parts.event_date
            and messages.first_event_date <= parts.event_date + {{ window_dates() }}
    where messages.thread_key in (select thread_key from affected_threads)
    union
    select links.message_row_key
    from {{ ref('int_event_links') }} as links
    semi join ({{ dates_around_changes(0, window_dates()) }}) as dates
        on links.project_id = dates.project_id and links.event_date = dates.event_date
    where links.thread_key in (select thread_key from affected_threads);

    create or replace temporary table affected_links as
    select links.*
    from {{ ref('int_event_links') }} as links
    semi join affected_messages on links.message_row_key = affected_messages.message_row_key
    semi join ({{ dates_around_changes(window_dates(), 2 * window_dates()) }}) as dates
        on links.project_id = dates.project_id and links.event_date = dates.event_date;

    create or replace temporary table affected_events as
    select
        {%- for column in message_event_columns() %}
        events.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_flarelane__crm_events') }} as events
    semi join (
        select row_key
        from affected_links
        where row_key = message_row_key or adds_attributes
    ) as wanted on events.row_key = wanted.row_key
    semi join (select distinct project_id, event_date from affected_links) as dates
        on events.project_id = dates.project_id and events.event_date = dates.event_date;

    delete from {{ this }}
    where message_row_key in (select message_row_key from affected_messages)
{%- endmacro %}

{#- The links that int_messages is built from: those of the affected messages while it is mended, else all. -#}
{% macro links_of_messages() -%}
    {{ 'affected_links' if is_partial_build() else ref('int_event_links') }}
{%- endmacro %}

{#- The events that int_messages is built from: those of the affected messages while it is mended, else all. -#}
{% macro events_of_messages() -%}
    {{ 'affected_events' if is_partial_build() else ref('stg_flarelane__crm_events') }}
{%- endmacro %}

{#- Statements that drop what remove_affected_messages() left: copies that would take memory from later models. -#}
{% macro drop_affected_rows() -%}
    drop table if exists affected_links;
    drop table if exists affected_events
{%- endmacro %}
