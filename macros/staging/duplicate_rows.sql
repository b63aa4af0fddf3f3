{#-
    The select of a model with one row per duplicate: a row whose project and event id another row has too, which is
    the event.

    rows: relation of the rows, with project_id, partition_date, event_id, event_hash, event_at and row_key.
    valid: condition for rows that can be events. Of equal ids the row with the earliest time is the event, then the
    first by file name and place in the file. Built in part it keeps the duplicates that no changed partition touches,
    and looks for the others among the ids that one holds or held, wherever else those ids stand.
-#}
{% macro duplicate_rows(rows, valid) -%}
with

files as (
    select * from {{ ref('export_files') }}
),

{%- if is_partial_build() %}

touched_hashes as (
    select changed_rows.event_hash
    from {{ rows }} as changed_rows
    {{ join_changed_parts('changed_rows', 'partition_date') }}
    union
    select duplicates.event_hash
    from {{ this }} as duplicates
    {{ join_changed_parts('duplicates', 'partition_date') }}
    union
    select duplicates.event_hash
    from {{ this }} as duplicates
    {{ join_changed_parts('duplicates', 'event_partition_date') }}
),

-- By their hash first, so that the texts of few rows are read.
rows_of_touched_hashes as (
    select
        row_key,
        event_hash
    from {{ rows }}
    where
        {{ valid }}
        and event_hash in (select event_hash from touched_hashes)
),
{%- endif %}

-- Two ids of one hash are told apart below.
repeated_hashes as (
    select event_hash
    from {{ 'rows_of_touched_hashes' if is_partial_build() else rows ~ ' where ' ~ valid }}
    group by event_hash
    having count(*) > 1
),

{%- if is_partial_build() %}

repeated_keys as (
    select row_key
    from rows_of_touched_hashes
    where event_hash in (select event_hash from repeated_hashes)
),
{%- endif %}

candidate_rows as (
    select candidates.*
    from {{ rows }} as candidates
    {%- if is_partial_build() %}
    semi join repeated_keys on candidates.row_key = repeated_keys.row_key
    {%- endif %}
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
    inner join repeated_hashes on candidate_rows.event_hash = repeated_hashes.event_hash
    inner join files on {{ file_id_of('candidate_rows.row_key') }} = files.file_id
    window in_order as (
        partition by candidate_rows.project_id, candidate_rows.event_id
        order by candidate_rows.event_at, files.path, candidate_rows.row_key
    )
)

select
    row_key,
    project_id,
    partition_date,
    event_hash,
    event_partition_date
from repeated_rows
where occurrence > 1
{%- if is_partial_build() %}
union all
select
    row_key,
    project_id,
    partition_date,
    event_hash,
    event_partition_date
from {{ this }}
where event_hash not in (select event_hash from touched_hashes)
{%- endif %}
{%- endmacro %}

{#- What a model of duplicates adds to the fingerprints of its parts: which rows of each are duplicates. -#}
{% macro duplicates_by_part() -%}
    select
        project_id || '/' || partition_date as part,
        {{ list_fingerprint(['row_key'], 'row_key') }} as addition
    from {{ this }}
    group by project_id, partition_date
{%- endmacro %}
