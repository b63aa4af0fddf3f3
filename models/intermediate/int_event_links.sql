-- One row per accepted event: the message it belongs to.
{{ config(
    materialized='partitioned',
    reach=[0, window_dates()],
    keys='threads_this_run',
    key_column='thread_key',
) }}

with

-- The changed partitions, and as far after them as a message reaches.
relinked_partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

whole_partitions as (
    select * from relinked_partitions
    where is_whole
),

changed_partitions as (
    select * from relinked_partitions
    where not is_whole
),

-- Back to where a message can begin that reaches a changed date, of which only the `created` events matter.
earlier_partitions as (
    {{ dates_around('relinked_partitions', window_dates(), 0) | indent(4) }}
    except
    select
        project_id,
        event_date
    from relinked_partitions
),

thread_events as (
    select events.*
    from {{ ref('int_thread_events') }} as events
    semi join whole_partitions
        on events.project_id = whole_partitions.project_id and events.event_date = whole_partitions.event_date
    union all
    select events.*
    from {{ ref('int_thread_events') }} as events
    semi join {{ ref('threads_this_run') }} as threads on events.thread_key = threads.thread_key
    semi join changed_partitions
        on
            events.project_id = changed_partitions.project_id
            and events.event_date = changed_partitions.event_date
    union all
    select events.*
    from {{ ref('int_thread_events') }} as events
    semi join {{ ref('threads_this_run') }} as threads on events.thread_key = threads.thread_key
    semi join earlier_partitions
        on
            events.project_id = earlier_partitions.project_id
            and events.event_date = earlier_partitions.event_date
    where events.stage_number = 0
),

ordered_events as (
    select
        row_key,
        project_id,
        event_date,
        thread_key,
        event_at,
        stage_number,
        tie_order,
        filled_attributes,
        {{ last_filled('case when stage_number = 0 then row_key end', 'in_thread') }} as created_row_key,
        {{ last_filled('case when stage_number = 0 then event_at end', 'in_thread') }} as created_at,
        {{ last_filled('case when stage_number = 0 then filled_attributes end', 'in_thread') }}
            as created_attributes
    from thread_events
    window in_thread as (
        partition by thread_key
        order by event_at, case when stage_number = 0 then 0 else 1 end, tie_order
        rows between unbounded preceding and current row
    )
),

linked_events as (
    select
        row_key,
        project_id,
        event_date,
        thread_key,
        event_at,
        stage_number,
        tie_order,
        created_row_key as message_row_key,
        cast(created_at as date) as first_event_date,
        filled_attributes,
        created_attributes as first_attributes,
        true as has_created
    from ordered_events
    where created_at >= event_at - {{ message_window() }}
),

-- The orphans of one thread on one UTC date form one message.
orphan_events as (
    select
        row_key,
        project_id,
        event_date,
        thread_key,
        event_at,
        stage_number,
        tie_order,
        first_value(row_key) over in_orphans as message_row_key,
        event_date as first_event_date,
        filled_attributes,
        first_value(filled_attributes) over in_orphans as first_attributes,
        false as has_created
    from ordered_events
    where created_at is null or created_at < event_at - {{ message_window() }}
    window in_orphans as (partition by thread_key, event_date order by event_at, tie_order)
),

message_events as (
    select * from linked_events
    union all
    select * from orphan_events
)

select
    message_events.row_key,
    message_events.project_id,
    message_events.event_date,
    message_events.thread_key,
    message_events.event_at,
    message_events.stage_number,
    message_events.tie_order,
    message_events.message_row_key,
    message_events.first_event_date,
    message_events.has_created,
    {{ has_more_bits('message_events.filled_attributes', 'message_events.first_attributes') }}
        as adds_attributes
from message_events
semi join relinked_partitions
    on
        message_events.project_id = relinked_partitions.project_id
        and message_events.event_date = relinked_partitions.event_date
