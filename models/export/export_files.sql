-- One row per object below the export's two tables: what it is, and whether it is loaded.
-- The ledger: it remembers what it saw, so that a build opens new and changed files alone.
-- No contract: dbt would run the query once more to compare its columns, and list the export twice.
{{ config(
    post_hook="{{ check_export_files() }}",
    contract={'enforced': false},
) }}

{%- set known_files = load_cached_relation(this) if execute and flags.WHICH != 'test' else none %}

with

known_files as (
    {%- if known_files is not none and model.resource_type == 'model' %}
    select * from {{ this }}
    {%- else %}
    {{ no_known_files() }}
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
        regexp_extract(
            path,
            '/(?:crm|customer)_events/projectid=([^/]+)/date=(\d{4}-\d{2}-\d{2})/[^/]+\.parquet$',
            ['project_id', 'partition_date']
        ) as place
    from objects
),

listed_files as (
    select
        placed.path,
        placed.source_table,
        nullif(url_decode(struct_extract(placed.place, 'project_id')), '') as project_id,
        try_cast(struct_extract(placed.place, 'partition_date') as date) as partition_date,
        placed.size_bytes,
        placed.modified_at,
        known_files.file_id,
        {%- if should_full_refresh() %}
        true as is_new,
        {%- else %}
        (
            known_files.path is null
            or known_files.state = 'gone'
            -- A link that leads nowhere has no size until it is mended.
            or coalesce(known_files.size_bytes, -1) <> coalesce(placed.size_bytes, -1)
            or coalesce(known_files.modified_at <> placed.modified_at, false)
        ) as is_new,
        {%- endif %}
        known_files.unknown_columns,
        known_files.state,
        known_files.state_reason,
        known_files.seen_at,
        known_files.loaded_at
    from placed
    left join known_files on placed.path = known_files.path
    where
        {{ is_in_scope(
            "nullif(url_decode(struct_extract(placed.place, 'project_id')), '')",
            "try_cast(struct_extract(placed.place, 'partition_date') as date)"
        ) }}
),

footers as (
    {{ read_footers("select path from listed_files where is_new and partition_date is not null") }}
),

-- Names and types that the documentation does not foresee.
deviations as (
    select
        footers.path,
        max(footers.error) as error,
        list(footers.column_name order by footers.column_name) filter (
            where documented.column_name is null and footers.column_name is not null
        ) as unknown_columns,
        string_agg(
            footers.column_name || ' is ' || footers.column_type || ', not ' || documented.data_type,
            '; ' order by footers.column_name
        ) filter (where not {{ is_castable('footers.column_type', 'documented.data_type') }})
            as type_errors
    from footers
    inner join listed_files on footers.path = listed_files.path
    left join {{ ref('source_columns') }} as documented
        on
            listed_files.source_table = documented.source_table
            and lower(footers.column_name) = documented.column_name
            and documented.category <> 'partition'
    group by footers.path
),

data_errors as (
    {{ read_data_errors("select path from deviations where error is null and type_errors is null") }}
),

judged_files as (
    select
        listed_files.path,
        coalesce(
            listed_files.file_id,
            (select coalesce(max(known_files.file_id), 0) from known_files)
            + row_number() over (partition by listed_files.file_id is null order by listed_files.path)
        ) as file_id,
        listed_files.source_table,
        listed_files.project_id,
        listed_files.partition_date,
        listed_files.size_bytes,
        listed_files.modified_at,
        case when listed_files.is_new then deviations.unknown_columns else listed_files.unknown_columns end
            as unknown_columns,
        case
            when listed_files.partition_date is null then 'ignored'
            when not listed_files.is_new then listed_files.state
            when coalesce(deviations.error, deviations.type_errors, data_errors.error) is not null
                then 'unreadable'
            else 'pending'
        end as state,
        case
            when listed_files.partition_date is null
                then 'not <table>/projectid=<id>/date=<YYYY-MM-DD>/<name>.parquet'
            when not listed_files.is_new then listed_files.state_reason
            else coalesce(deviations.error, deviations.type_errors, data_errors.error)
        end as state_reason,
        case when listed_files.is_new then {{ now_utc() }} else listed_files.seen_at end as seen_at,
        case when not listed_files.is_new then listed_files.loaded_at end as loaded_at
    from listed_files
    left join deviations on listed_files.path = deviations.path
    left join data_errors on listed_files.path = data_errors.path
),

{%- if should_full_refresh() %}

-- A full refresh forgets what is gone.
gone_files as (
    select * from judged_files where false
)
{%- else %}

gone_files as (
    select known_files.* replace ('gone' as state, null as state_reason)
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
    unknown_columns,
    state,
    state_reason,
    seen_at,
    loaded_at
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
    unknown_columns,
    state,
    state_reason,
    seen_at,
    loaded_at
from gone_files
