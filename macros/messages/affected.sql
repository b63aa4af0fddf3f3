{#- How many calendar dates after the one it begins on a message can reach. -#}
{% macro window_dates() -%}
    {{- return(var('message_window_days') + 1) -}}
{%- endmacro %}

{#-
    Statements that take out of int_event_links the events that changes can relink, which its SQL then puts in again.

    A change on a date can move the events of its threads on that date and as far after it as a message reaches. The
    threads are those of the changed dates, as they were linked and as they are. Leaves the temporary tables
    affected_threads and relinked_dates for the model's SQL. batch: condition on changed_parts().
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

    create or replace temporary table relinked_dates as
    {{ dates_around_changes(0, window_dates()) }};

    delete from {{ this }} as links
    using relinked_dates as dates
    where
        links.project_id = dates.project_id
        and links.event_date = dates.event_date
        and links.thread_key in (select thread_key from affected_threads)
{%- endmacro %}

{#-
    Statements that take out of int_messages the messages that changes can touch, which its SQL then puts in again.

    These are, of the threads with a message on a changed date, as they were or as they are linked, the messages with
    an event on that date or as far after it as a message reaches. Leaves the temporary tables affected_messages and
    affected_dates (all that events of those messages can lie on) for the model's SQL. batch: condition on
    changed_parts().
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

    create or replace temporary table affected_dates as
    {{ dates_around_changes(window_dates(), 2 * window_dates()) }};

    delete from {{ this }}
    where message_row_key in (select message_row_key from affected_messages)
{%- endmacro %}

{#- A join that keeps links to the affected messages while int_messages is mended; nothing when all is built. links:
    alias of the links. -#}
{% macro join_affected_messages(links) -%}
    {%- if is_partial_build() -%}
    semi join affected_messages on {{ links }}.message_row_key = affected_messages.message_row_key
    semi join affected_dates
        on
            {{ links }}.project_id = affected_dates.project_id
            and {{ links }}.event_date = affected_dates.event_date
    {%- endif -%}
{%- endmacro %}

{#- A join that keeps events to the dates of affected messages while int_messages is mended. events: alias of
    the events. -#}
{% macro join_affected_dates(events) -%}
    {%- if is_partial_build() -%}
    semi join affected_dates
        on
            {{ events }}.project_id = affected_dates.project_id
            and {{ events }}.event_date = affected_dates.event_date
    {%- endif -%}
{%- endmacro %}
