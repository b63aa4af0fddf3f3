-- One row per message, with what fct_messages shows and what finds it again when the export changes.
-- Joins keep their order: events stream past the smaller side, which the optimizer cannot know.
{{ config(
    materialized='partitioned',
    partition_by='first_event_date',
    reach=[window_dates(), window_dates()],
    keys='messages_this_run',
    key_column='message_row_key',
    batch_by='int_event_links',
    pre_hook="{{ keep_join_order() }}",
    post_hook="{{ choose_join_order() }}",
) }}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

whole_partitions as (
    select * from partitions
    where is_whole
),

changed_partitions as (
    select * from partitions
    where not is_whole
),

messages_to_rebuild as (
    select messages.*
    from {{ ref('messages_this_run') }} as messages
    semi join changed_partitions
        on
            messages.project_id = changed_partitions.project_id
            and messages.first_event_date = changed_partitions.event_date
),

-- All links of whole partitions; else those of the messages to rebuild that their own rows do not tell about.
links as {{ inlined() }} (
    select links.*
    from {{ ref('int_event_links') }} as links
    semi join whole_partitions
        on
            links.project_id = whole_partitions.project_id
            and links.first_event_date = whole_partitions.event_date
    union all
    select links.*
    from {{ ref('int_event_links') }} as links
    inner join messages_to_rebuild
        on
            links.message_row_key = messages_to_rebuild.message_row_key
            and links.first_event_date = messages_to_rebuild.first_event_date
    where messages_to_rebuild.known_until is null or links.event_date > messages_to_rebuild.known_until
),

-- Where the messages begin whose rows are made from all their events.
first_partitions as (
    select
        project_id,
        event_date
    from whole_partitions
    union
    select
        project_id,
        first_event_date as event_date
    from messages_to_rebuild
    where known_until is null
),

events as {{ inlined() }} (
    select
        events.row_key,
        events.event_id,
        events.project_id,
        events.event_date,
        events.channel,
        events.campaign_id,
        events.event_at,
        coalesce(events.user_id, events.device_id, events.recipient_hash) as person_key,
        {%- for column in message_attributes() %}
        events.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_flarelane__crm_events') }} as events
),

-- Messages that go on: a row that still holds stands for the events that it was made from.
continued_messages as {{ inlined() }} (
    select messages.*
    from {{ previous_rows('int_messages') }} as messages
    semi join messages_to_rebuild
        on
            messages.message_row_key = messages_to_rebuild.message_row_key
            and messages.first_event_date = messages_to_rebuild.first_event_date
            and messages_to_rebuild.known_until is not null
),

-- The dates that are read can hold a continued message's first event too: its row stands for it.
first_events as (
    select events.*
    from events
    semi join first_partitions
        on events.project_id = first_partitions.project_id and events.event_date = first_partitions.event_date
    anti join continued_messages on events.row_key = continued_messages.message_row_key
    union all
    select
        message_row_key as row_key,
        message_id as event_id,
        project_id,
        first_event_date as event_date,
        channel,
        campaign_id,
        message_at as event_at,
        person_key,
        {%- for column in message_attributes() %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from continued_messages
),

later_links as (
    select
        row_key,
        message_row_key,
        row_number() over (
            partition by message_row_key
            order by event_at, case when stage_number = 0 then 0 else 1 end, tie_order
        ) as event_order
    from links
    where adds_attributes
),

later_partitions as (
    select distinct
        project_id,
        event_date
    from links
    where adds_attributes
),

stages as (
    select
        message_row_key,
        thread_key,
        has_created,
        first_event_date,
        max(event_date) as last_event_date,
        {%- for stage in documented_stages() %}
        min(event_at) filter (where stage_number = {{ loop.index0 }}) as {{ stage }}_at,
        {%- endfor %}
        count(*) as event_count,
        count(*) filter (where stage_number = {{ number_of_stage('opened') }}) as open_count,
        count(*) filter (where stage_number = {{ number_of_stage('clicked') }}) as click_count
    from links
    group by message_row_key, thread_key, has_created, first_event_date
),

-- What the first event of a message lacks and a later one has: few events, so only these are read in full.
-- They are joined by one key alone, and their dates come from the links: with a second key, or dates of
-- later_links, DuckDB reads all other events of the dates in full too.
later_attributes as (
    select
        later_links.message_row_key,
        {%- for column in message_attributes() %}
        {{ first_by('events.' ~ column, 'later_links.event_order') }}
            as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from events
    semi join later_partitions
        on events.project_id = later_partitions.project_id and events.event_date = later_partitions.event_date
    inner join later_links on events.row_key = later_links.row_key
    group by later_links.message_row_key
),

messages as (
    select
        ---------- incremental keys
        stages.message_row_key,
        stages.thread_key,
        stages.first_event_date,
        stages.last_event_date,

        ---------- keys
        first_events.event_id as message_id,
        first_events.project_id,
        first_events.channel,
        first_events.campaign_id,

        ---------- time
        first_events.event_at as message_at,

        ---------- attributes
        {%- for column in message_attributes() %}
        coalesce(first_events.{{ column }}, later_attributes.{{ column }}) as {{ column }},
        {%- endfor %}
        first_events.person_key,

        ---------- stages
        stages.has_created,
        {%- for stage in documented_stages() %}
        least(stages.{{ stage }}_at, continued_messages.{{ stage }}_at) as {{ stage }}_at,
        {%- endfor %}

        ---------- totals
        {%- for count in ('event_count', 'open_count', 'click_count') %}
        stages.{{ count }} + coalesce(continued_messages.{{ count }}, 0)
            as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from first_events
    inner join stages on first_events.row_key = stages.message_row_key
    left join later_attributes on stages.message_row_key = later_attributes.message_row_key
    left join continued_messages on stages.message_row_key = continued_messages.message_row_key
)

select
    ---------- incremental keys
    message_row_key,
    thread_key,
    first_event_date,
    last_event_date,

    ---------- keys
    message_id,
    project_id,
    channel,
    campaign_id,

    ---------- time
    message_at,
    {{ reporting_date('message_at') }} as message_date,

    ---------- context
    {%- for column in message_attributes() if column not in ('device_id', 'user_id', 'error') %}
    {{ column }},
    {%- endfor %}

    ---------- recipient
    device_id,
    user_id,
    person_key,
    {{ hash_number(['person_key']) }} as person_hash,

    ---------- stages
    {%- for stage in documented_stages() %}
    {{ stage }}_at,
    {%- endfor %}

    ---------- totals
    open_count,
    click_count,
    event_count,

    ---------- outcome
    error,
    coalesce(trigger_type = 'test', false) as is_test,
    has_created,
    {{ is_reached() }} as is_reached,
    {{ microseconds_between(delivery_starts_at(), 'delivered_at') }} as microseconds_to_delivery,
    {{ microseconds_between(reached_at(), 'clicked_at') }} as microseconds_to_click,
    case
        {%- for stage in message_status_order() %}
        when {{ stage }}_at is not null then '{{ stage }}'
        {%- endfor %}
    end as status
from messages
