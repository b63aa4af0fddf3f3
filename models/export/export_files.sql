-- One row per object below the export's two tables: what it is, and whether it is loaded.
{{ config(post_hook="{{ check_export_files() }}") }}

with

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

partitioned as (
    select
        path,
        source_table,
        nullif(url_decode(place.project_id), '') as project_id,
        try_cast(place.partition_date as date) as partition_date,
        size_bytes,
        modified_at
    from placed
),

footers as (
    {{ read_footers("select path from partitioned where partition_date is not null") }}
),

-- Names and types that the documentation does not foresee.
deviations as (
    select
        footers.path,
        list(footers.column_name order by footers.column_name)
            filter (where documented.column_name is null) as unknown_columns,
        string_agg(
            footers.column_name || ' is ' || footers.column_type || ', not ' || documented.data_type,
            '; ' order by footers.column_name
        ) filter (where not {{ is_castable('footers.column_type', 'documented.data_type') }})
            as type_errors
    from footers
    inner join partitioned on footers.path = partitioned.path
    left join {{ ref('source_columns') }} as documented
        on
            partitioned.source_table = documented.source_table
            and footers.column_name = documented.column_name
            and documented.category <> 'partition'
    where footers.column_name is not null
    group by footers.path
),

judged as (
    select
        partitioned.*,
        deviations.unknown_columns,
        case
            when partitioned.partition_date is null
                then 'not <table>/projectid=<id>/date=<YYYY-MM-DD>/<name>.parquet'
        end as ignored_reason,
        coalesce(footer_errors.error, deviations.type_errors) as unreadable_reason
    from partitioned
    left join deviations on partitioned.path = deviations.path
    left join footers as footer_errors
        on partitioned.path = footer_errors.path and footer_errors.error is not null
)

select
    ---------- keys
    path,
    row_number() over (order by path) as file_id,

    ---------- place
    source_table,
    project_id,
    partition_date,

    ---------- object
    size_bytes,
    modified_at,
    unknown_columns,

    ---------- state
    case
        when ignored_reason is not null then 'ignored'
        when unreadable_reason is not null then 'unreadable'
        else 'loaded'
    end as state,
    coalesce(ignored_reason, unreadable_reason) as state_reason,
    {{ now_utc() }} as seen_at,
    case when ignored_reason is null and unreadable_reason is null then {{ now_utc() }} end
        as loaded_at
from judged
