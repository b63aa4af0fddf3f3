{#-
    The select of a model with one row per duplicate: a row whose project and event id another row has too, which is
    the event.

    rows: relation of the rows, with project_id, partition_date, event_id, event_hash, event_at and row_key.
    valid: condition for rows that can be events. Of equal ids the row with the earliest time is the event, then the
    first by file name and place in the file. Built in part it looks only at ids that were repeated before or are in
    changed partitions, wherever else those ids stand.
-#}
{% macro duplicate_rows(rows, valid) -%}
with

candidate_rows as (
    select
        row_key,
        project_id,
        partition_date,
        event_hash,
        event_id,
        event_at
    from {{ rows }}
    where
        {{ valid }}
        {%- if is_partial_build() %}
        and event_hash in (
            select event_hash from {{ this }}
            union all
            select event_hash
            from {{ rows }} as changed_rows
            {{ join_changed_parts('changed_rows', 'partition_date') }}
        )
        {%- endif %}
),

files as (
    select * from {{ ref('export_files') }}
),

-- Two ids of one hash are told apart below.
repeated_hashes as (
    select event_hash
    from {{ 'candidate_rows' if is_partial_build() else rows ~ ' where ' ~ valid }}
    group by event_hash
    having count(*) > 1
),

repeated_rows as (
    select
        candidate_rows.row_key,
        candidate_rows.project_id,
        candidate_rows.partition_date,
        candidate_rows.event_hash,
        row_number() over (
            partition by candidate_rows.project_id, candidate_rows.event_id
            order by candidate_rows.event_at, files.path, candidate_rows.row_key
        ) as occurrence
    from candidate_rows
    inner join repeated_hashes on candidate_rows.event_hash = repeated_hashes.event_hash
    inner join files on {{ file_id_of('candidate_rows.row_key') }} = files.file_id
)

select
    row_key,
    project_id,
    partition_date,
    event_hash
from repeated_rows
where occurrence > 1
{%- endmacro %}

{#- What a model of duplicates adds to the fingerprints of its parts: which rows of each are duplicates. -#}
{% macro duplicates_by_part() -%}
    select
        project_id || '/' || partition_date as part,
        {{ list_fingerprint(['row_key'], 'row_key') }} as addition
    from {{ this }}
    group by project_id, partition_date
{%- endmacro %}
