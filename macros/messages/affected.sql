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
    neither links nor events are read more than once:
    - continued_messages: the rows of those that go on. No change lies between a window before such a message and its
      last event, so what its row says of its events up to then still holds, and only later ones are read.
    - affected_links: the links of those messages that no such row tells about.
    - affected_events: the events that they take their attributes from; a row that goes on stands for its first event.
    batch: condition on changed_parts().
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
    select
        messages.message_row_key,
        messages.first_event_date
    from {{ this }} as messages
    inner join {{ changed_parts() }} as parts
        on
            messages.project_id = parts.project_id
            and messages.last_event_date >= parts.event_date
            and messages.first_event_date <= parts.event_date + {{ window_dates() }}
    where messages.thread_key in (select thread_key from affected_threads)
    union
    select
        links.message_row_key,
        links.first_event_date
    from {{ ref('int_event_links') }} as links
    semi join ({{ dates_around_changes(0, window_dates()) }}) as dates
        on links.project_id = dates.project_id and links.event_date = dates.event_date
    where links.thread_key in (select thread_key from affected_threads);

    create or replace temporary table continued_messages as
    select messages.*
    from {{ this }} as messages
    semi join affected_messages
        on
            messages.message_row_key = affected_messages.message_row_key
            and messages.first_event_date = affected_messages.first_event_date
    anti join {{ changed_parts() }} as parts
        on
            messages.project_id = parts.project_id
            and parts.event_date between messages.first_event_date - {{ window_dates() }} and messages.last_event_date;

    create or replace temporary table affected_links as
    select links.*
    from {{ ref('int_event_links') }} as links
    semi join (
        select affected_messages.*
        from affected_messages
        anti join continued_messages on affected_messages.message_row_key = continued_messages.message_row_key
    ) as messages
        on
            links.message_row_key = messages.message_row_key
            and links.first_event_date = messages.first_event_date
    union all
    select links.*
    from {{ ref('int_event_links') }} as links
    inner join continued_messages
        on
            links.message_row_key = continued_messages.message_row_key
            and links.event_date > continued_messages.last_event_date
    semi join ({{ dates_around_changes(0, window_dates()) }}) as dates
        on links.project_id = dates.project_id and links.event_date = dates.event_date;

    create or replace temporary table affected_events as
    with wanted_links as (
        select
            row_key,
            project_id,
            event_date
        from affected_links
        where row_key = message_row_key or adds_attributes
    )

    {{ attributes_of_events() }}
    semi join wanted_links on events.row_key = wanted_links.row_key
    semi join (select distinct project_id, event_date from wanted_links) as dates
        on events.project_id = dates.project_id and events.event_date = dates.event_date
    union all
    select
        message_row_key as row_key,
        message_id as event_id,
        project_id,
        channel,
        campaign_id,
        first_event_date as event_date,
        message_at as event_at,
        person_key,
        {%- for column in message_attributes() %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from continued_messages;

    delete from {{ this }}
    where message_row_key in (select message_row_key from affected_messages)
{%- endmacro %}

{#- A query of what messages take from events, one row an event; a join of `events` may follow. -#}
{% macro attributes_of_events() -%}
    select
        events.row_key,
        events.event_id,
        events.project_id,
        events.channel,
        events.campaign_id,
        events.event_date,
        events.event_at,
        coalesce(events.user_id, events.device_id, events.recipient_hash) as person_key,
        {%- for column in message_attributes() %}
        events.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_flarelane__crm_events') }} as events
{%- endmacro %}

{#- The links that int_messages is built from: those of the affected messages while it is mended, else all. -#}
{% macro links_of_messages() -%}
    {{ 'affected_links' if is_partial_build() else ref('int_event_links') }}
{%- endmacro %}

{#- The events that int_messages is built from, with what messages take from them: those of the affected messages while
    it is mended, else all. -#}
{% macro events_of_messages() -%}
    {{ 'affected_events' if is_partial_build() else '(' ~ attributes_of_events() ~ ')' }}
{%- endmacro %}

{#- The first time of a stage of a message, by its links and what its row said so far. column: name of the time. -#}
{% macro earliest_time(column) -%}
    {%- if is_partial_build() -%}
    least(stages.{{ column }}, continued_messages.{{ column }})
    {%- else -%}
    stages.{{ column }}
    {%- endif -%}
{%- endmacro %}

{#- A number of events of a message, by its links and what its row said so far. column: name of the number. -#}
{% macro number_of_events(column) -%}
    stages.{{ column }}{{ ' + coalesce(continued_messages.' ~ column ~ ', 0)' if is_partial_build() }}
{%- endmacro %}

{#- Statements that drop what remove_affected_messages() left: copies that would take memory from later models. -#}
{% macro drop_affected_rows() -%}
    drop table if exists continued_messages;
    drop table if exists affected_links;
    drop table if exists affected_events
{%- endmacro %}
