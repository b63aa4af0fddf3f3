{% macro spark__mark_files_loaded(source_table) -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set pending = run_query(
        "select count(*) from " ~ ref('export_files') ~ " where source_table = '" ~ source_table ~ "' and state = 'pending'"
    ).rows[0][0] -%}
    {%- if not pending -%}{{ return('') }}{%- endif -%}
    {%- do replace_partition(ref('export_files'), 'source_table', source_table,
        "select path, file_id, source_table, project_id, partition_date, size_bytes, modified_at, source_rows,"
        ~ " unknown_columns,"
        ~ " case when is_loaded_now then 'loaded' else state end as state, state_reason, seen_at,"
        ~ " case when is_loaded_now then " ~ now_utc() ~ " else loaded_at end as loaded_at, checked_with from ("
        ~ "select files.*, coalesce(state = 'pending'"
        ~ " and (project_id, partition_date) in (select inputs.project_id, inputs.event_date from ("
        ~ input_partitions([source_table]) ~ ") as inputs inner join " ~ state_table('partition_builds') ~ " as built"
        ~ " on inputs.project_id = built.project_id and inputs.event_date = built.event_date"
        ~ " and inputs.fingerprint = built.built_from where built.model = '" ~ model.name ~ "'), false) as is_loaded_now"
        ~ " from " ~ ref('export_files') ~ " as files where source_table = '" ~ source_table ~ "') as files"
    ) -%}
{%- endmacro %}
