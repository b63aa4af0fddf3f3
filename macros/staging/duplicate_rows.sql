{#-
    A query with one row per duplicate: a row whose project and event id another row has too, which is the event.

    rows: query of the rows that can be events, with project_id, partition_date, event_id, event_at and row_key. Of
    equal ids the row with the earliest time is the event, then the first by file name and place in the file. Rows
    without an id are no duplicates.
-#}
{% macro duplicate_rows(rows) -%}
with

candidate_rows as (
    {{ rows }}
),

files as (
    select * from {{ ref('export_files') }}
),

-- Grouping by a number is several times cheaper than by the id; two ids of one hash are told apart below.
repeated_hashes as (
    select {{ hash_number(['project_id', 'event_id']) }} as event_hash
    from candidate_rows
    group by 1
    having count(*) > 1
),

repeated_rows as (
    select
        candidate_rows.row_key,
        candidate_rows.project_id,
        candidate_rows.partition_date,
        row_number() over (
            partition by candidate_rows.project_id, candidate_rows.event_id
            order by candidate_rows.event_at, files.path, candidate_rows.row_key
        ) as occurrence
    from candidate_rows
    inner join repeated_hashes
        on
            {{ hash_number(['candidate_rows.project_id', 'candidate_rows.event_id']) }}
            = repeated_hashes.event_hash
    inner join files on {{ file_id_of('candidate_rows.row_key') }} = files.file_id
)

select
    row_key,
    project_id,
    partition_date
from repeated_rows
where occurrence > 1
{%- endmacro %}
