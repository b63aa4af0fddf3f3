-- One row per message, with what fct_messages shows and what finds it again when the export changes.
-- A CTE that is read twice would be written out in full first, so each of these reads its own. Joins keep
-- their order: events stream past the smaller side, which the optimizer cannot know.
{{ config(
    materialized='partitioned',
    upstream='int_event_links',
    depends_on_settings=['message_window_days', 'reporting_timezone'],
    mend='remove_affected_messages',
    batch_rows_of={
        'model': 'int_event_links',
        'date_column': 'first_event_date',
        'mended_rows': 'affected_links',
    },
    pre_hook="{{ keep_join_order() }}",
    post_hook=["{{ choose_join_order() }}", "{{ drop_affected_rows() }}"],
) }}

with

first_events as (
    select events.*
    from {{ events_of_messages() }} as events
    where {{ in_batch_dates('events.event_date') }}
),

later_events as (
    select events.*
    from {{ events_of_messages() }} as events
    where {{ in_batch_dates('events.event_date', days_after=window_dates()) }}
),

later_links as (
    select
        links.row_key,
        links.message_row_key,
        row_number() over (
            partition by links.message_row_key
            order by
                links.event_at,
                case when links.stage_number = 0 then 0 else 1 end,
                links.tie_order
        ) as event_order
    from {{ links_of_messages() }} as links
    where
        links.adds_attributes
        and {{ in_batch_dates('links.first_event_date') }}
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
    from {{ links_of_messages() }}
    where {{ in_batch_dates('first_event_date') }}
    group by message_row_key, thread_key, has_created, first_event_date
),

-- What the first event of a message lacks and a later one has: few events, so only these are read in full.
later_attributes as (
    select
        later_links.message_row_key,
        {%- for column in message_attributes() %}
        {{ first_by('later_events.' ~ column, 'later_links.event_order') }}
            as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from later_events
    inner join later_links on later_events.row_key = later_links.row_key
    group by later_links.message_row_key
),

messages as (
    select
        ---------- what mending goes by
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
        {{ earliest_time(stage ~ '_at') }} as {{ stage }}_at,
        {%- endfor %}

        ---------- totals
        {{ number_of_events('event_count') }} as event_count,
        {{ number_of_events('open_count') }} as open_count,
        {{ number_of_events('click_count') }} as click_count
    from first_events
    inner join stages on first_events.row_key = stages.message_row_key
    left join later_attributes on stages.message_row_key = later_attributes.message_row_key
    {%- if is_partial_build() %}
    left join continued_messages on stages.message_row_key = continued_messages.message_row_key
    {%- endif %}
)

select
    ---------- what mending goes by
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
