{#-
    The select of a model with one row per duplicate: a row whose project and event id another row has too, which is
    the event.

    Of equal ids the row with the earliest time is the event, then the first by file name and place in the file. The
    duplicates that no changed partition touches are kept; the others are looked for among the ids that one holds or
    held, wherever else those ids stand.
    rows: relation of the rows, with project_id, partition_date, event_id, event_hash, event_at and row_key.
    valid: condition for rows that can be events. previous_duplicates: relation of the model's previous rows.
-#}
{% macro duplicate_rows(rows, valid, previous_duplicates) -%}
with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

changed_partitions as (
    select * from partitions where not is_whole
),

files as (
    select * from {{ ref('export_files') }}
),

touched_hashes as (
    select changed_rows.event_hash
    from {{ rows }} as changed_rows
    semi join changed_partitions
        on
            changed_rows.project_id = changed_partitions.project_id
            and changed_rows.partition_date = changed_partitions.event_date
    -- What is left of a forgotten row has none.
    where changed_rows.event_hash is not null
    union
    select duplicates.event_hash
    from {{ previous_duplicates }} as duplicates
    semi join changed_partitions
        on
            duplicates.project_id = changed_partitions.project_id
            and changed_partitions.event_date in (duplicates.partition_date, duplicates.event_partition_date)
),

whole_partitions as (
    select * from partitions where is_whole
),

touched_rows as (
    select
        touched.event_hash,
        touched.partition_date
    from {{ rows }} as touched
    semi join touched_hashes on touched.event_hash = touched_hashes.event_hash
    where {{ valid }}
),

-- By their hash first, so that the texts of few rows are read. Two ids of one hash are told apart below.
event_hashes as (
    select whole_rows.event_hash
    from {{ rows }} as whole_rows
    semi join whole_partitions
        on
            whole_rows.project_id = whole_partitions.project_id
            and whole_rows.partition_date = whole_partitions.event_date
    where {{ valid }}
    union all
    select event_hash from touched_rows
),

repeated_hashes as (
    select event_hash
    from event_hashes
    group by event_hash
    having count(*) > 1
),

-- Of other dates no text is read.
dates_to_read as (
    select event_date as partition_date from whole_partitions
    union
    select partition_date from touched_rows
),

candidate_rows as (
    select candidates.*
    from {{ rows }} as candidates
    semi join dates_to_read on candidates.partition_date = dates_to_read.partition_date
    semi join repeated_hashes on candidates.event_hash = repeated_hashes.event_hash
    where {{ valid }}
),

repeated_rows as (
    select
        candidate_rows.row_key,
        candidate_rows.project_id,
        candidate_rows.partition_date,
        candidate_rows.event_hash,
        row_number() over in_order as occurrence,
        first_value(candidate_rows.partition_date) over in_order as event_partition_date
    from candidate_rows
    inner join files on {{ file_id_of('candidate_rows.row_key') }} = files.file_id
    window in_order as (
        partition by candidate_rows.project_id, candidate_rows.event_id
        order by candidate_rows.event_at, files.path, candidate_rows.row_key
    )
),

kept_duplicates as (
    select *
    from {{ previous_duplicates }}
    where event_hash not in (select event_hash from touched_hashes)
)

select
    row_key,
    project_id,
    partition_date,
    event_hash,
    event_partition_date
from repeated_rows
where occurrence > 1
union all
select
    row_key,
    project_id,
    partition_date,
    event_hash,
    event_partition_date
from kept_duplicates
{%- endmacro %}
