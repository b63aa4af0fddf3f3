-- One row per object below the export's two tables: what it is, and whether it is loaded.
-- The ledger: it remembers what it saw, so that a build opens only new and changed files.
-- No contract: dbt would run the query once more to compare its columns, and list the export twice.
{{ config(
    divided_by='source_table',
    post_hook="{{ check_export_files() }}",
    contract={'enforced': false},
) }}

{%- set place = "'" ~ place_pattern() ~ "'" %}
{%- set known_files = load_cached_relation(this) if execute and flags.WHICH != 'test' else none %}

with

known_files as (
    {{ no_known_files() }}
    {%- if known_files is not none and model.resource_type == 'model' %}
    {{ union_by_name() }}
    select * from {{ this }}
    {%- endif %}
),

objects as (
    {{ list_export('crm_events') }}
    union all
    {{ list_export('customer_events') }}
),

placed as (
    select
        *,
        regexp_extract({{ below_root('path') }}, {{ place }}, 1) as project_folder,
        regexp_extract({{ below_root('path') }}, {{ place }}, 2) as date_folder,
        regexp_extract({{ below_root('path') }}, {{ place }}, 3) as file_name
    from objects
),

located as (
    select
        path,
        source_table,
        size_bytes,
        modified_at,
        {{ decoded_or_null('project_folder') }} as project_id,
        try_cast(date_folder as date) as partition_date,
        case
            when date_folder = ''
                then coalesce(problem, 'not <table>/projectid=<id>/date=<YYYY-MM-DD>/<name>.parquet')
            when try_cast(date_folder as date) is null
                then 'date=' || date_folder || ' is no date of the calendar'
            when left(file_name, 1) in ('_', '.')
                then 'a name that begins with _ or . stands for no data'
        end as ignored_because,
        -- What may be mended without a change of the file itself.
        coalesce(
            problem,
            case
                when {{ decoded_or_null('project_folder') }} is null
                    then 'projectid=' || project_folder || ' is not UTF-8 when decoded'
            end
        ) as problem
    from placed
),

listed_files as (
    select
        located.*,
        known_files.file_id,
        {%- if should_full_refresh() %}
        true as is_changed,
        {%- else %}
        (
            known_files.path is null
            or known_files.state = 'gone'
            -- A link that leads nowhere has no size until it is repaired.
            or coalesce(known_files.size_bytes, -1) <> coalesce(located.size_bytes, -1)
            or coalesce(known_files.modified_at <> located.modified_at, false)
        ) as is_changed,
        {%- endif %}
        -- Unreadable for a cause that may have gone since, or before the check or its memory limit changed.
        -- Or taken for readable by release 0.1.0, which checked less and whose files are all loaded anew.
        coalesce(
            case
                when known_files.state = 'unreadable'
                    then known_files.checked_with is distinct from {{ file_check_version() }}
                else known_files.state in ('loaded', 'pending') and known_files.checked_with is null
            end,
            false
        ) as is_tried_again,
        known_files.source_rows,
        known_files.unknown_columns,
        known_files.state,
        known_files.state_reason,
        known_files.seen_at,
        known_files.loaded_at,
        known_files.checked_with
    from located
    left join known_files on located.path = known_files.path
    where {{ is_in_scope('located.project_id', 'located.partition_date') }}
),

checked_files as (
    select
        *,
        ignored_because is null and problem is null and (is_changed or is_tried_again) as is_checked
    from listed_files
),

footers as (
    {%- for source_table in ('crm_events', 'customer_events') %}
    {{ read_footers(
        "select path, size_bytes from checked_files where is_checked and source_table = '" ~ source_table ~ "'",
        source_table
    ) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Names and types that the documentation does not foresee.
deviations as (
    select
        footers.path,
        bool_or(footers.is_passing) as is_passing,
        max(footers.source_rows) as source_rows,
        {{ sorted_texts(
            'footers.column_name', 'documented.column_name is null and footers.column_name is not null'
        ) }} as unknown_columns,
        coalesce(
            max(footers.footer_error),
            {{ joined_texts(
                "footers.column_name || ' is ' || footers.column_type || ', not ' || documented.data_type",
                '; ',
                'footers.column_name',
                'not ' ~ is_castable('footers.column_type', 'documented.data_type'),
            ) }},
            max(footers.data_error)
        ) as unreadable_because
    from footers
    inner join checked_files on footers.path = checked_files.path
    left join {{ ref('source_columns') }} as documented
        on
            checked_files.source_table = documented.source_table
            and footers.documented_name = documented.column_name
            and documented.category <> 'partition'
    group by footers.path
),

judged_files as (
    select
        checked_files.path,
        coalesce(
            checked_files.file_id,
            (select coalesce(max(known_files.file_id), 0) from known_files)
            + row_number() over (partition by checked_files.file_id is null order by checked_files.path)
        ) as file_id,
        checked_files.source_table,
        checked_files.project_id,
        checked_files.partition_date,
        checked_files.size_bytes,
        checked_files.modified_at,
        case
            when coalesce(checked_files.problem, deviations.unreadable_because) is not null then null
            when checked_files.is_checked then deviations.source_rows
            else checked_files.source_rows
        end as source_rows,
        case
            when checked_files.is_checked then deviations.unknown_columns
            when checked_files.problem is null then checked_files.unknown_columns
        end as unknown_columns,
        case
            when checked_files.ignored_because is not null then 'ignored'
            when coalesce(checked_files.problem, deviations.unreadable_because) is not null then 'unreadable'
            when checked_files.is_checked then 'pending'
            else checked_files.state
        end as state,
        case
            when checked_files.ignored_because is not null then checked_files.ignored_because
            when checked_files.problem is not null then checked_files.problem
            when checked_files.is_checked then deviations.unreadable_because
            else checked_files.state_reason
        end as state_reason,
        case when checked_files.is_changed then {{ now_utc() }} else checked_files.seen_at end as seen_at,
        case
            when not checked_files.is_checked and checked_files.problem is null then checked_files.loaded_at
        end as loaded_at,
        case
            when checked_files.problem is not null or deviations.is_passing then null
            when checked_files.is_checked then {{ file_check_version() }}
            else checked_files.checked_with
        end as checked_with
    from checked_files
    left join deviations on checked_files.path = deviations.path
),

{%- if should_full_refresh() %}

-- A full refresh forgets what is gone.
gone_files as (
    select * from judged_files where false
)
{%- else %}

gone_files as (
    select known_files.*
    from known_files
    anti join judged_files on known_files.path = judged_files.path
)
{%- endif %}

select
    path,
    file_id,
    source_table,
    project_id,
    partition_date,
    size_bytes,
    modified_at,
    source_rows,
    unknown_columns,
    state,
    state_reason,
    seen_at,
    loaded_at,
    checked_with
from judged_files
union all
select
    path,
    file_id,
    source_table,
    project_id,
    partition_date,
    size_bytes,
    modified_at,
    source_rows,
    unknown_columns,
    'gone' as state,
    cast(null as string) as state_reason,
    seen_at,
    loaded_at,
    checked_with
from gone_files
