{#-
    Stop the build when the export was not found; name partition folders without Parquet, files that cannot be read,
    and columns that the documentation does not know.

    Runs after export_files is built and before it is committed, so that a wrong root changes nothing.
-#}
{% macro check_export_files() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {%- set root = export_root() -%}
    {%- set files = run_query(
        "select count(*) filter (where state <> 'ignored'), count(*), min(path) from " ~ this ~ " where state <> 'gone'"
    ).rows[0] -%}
    {%- if files[0] == 0 -%}
        {%- set exists = '://' in root or run_query("select folder_exists('" ~ root ~ "')").rows[0][0] -%}
        {%- set layout = 'crm_events/projectid=<id>/date=<YYYY-MM-DD>/<name>.parquet' -%}
        {%- set limited = var('project_ids') or var('start_date') or var('end_date') -%}
        {%- set found -%}
            {%- if not exists -%} That folder does not exist.
            {%- elif files[1] == 0 -%} It holds no file below crm_events/ or customer_events/.
            {%- else -%} It holds {{ files[1] }} other files, such as {{ visible(files[2]) }}.
            {%- endif -%}
        {%- endset -%}
        {{ exceptions.raise_compiler_error(
            "No export at '" ~ visible(root) ~ "'. Looked there for " ~ layout ~ ". " ~ found
            ~ (" The variables project_ids, start_date and end_date limit what is read." if limited else "")
            ~ " Set FLARELANE_EXPORT_ROOT (or --vars 'export_root: ...') to the folder or s3://bucket/prefix that"
            ~ " holds crm_events/; `make sample` writes an export to try."
        ) }}
    {%- endif -%}
    {%- for project in var('project_ids') -%}
        {%- set name = project | string | replace("'", "''") -%}
        {%- if not run_query(
            "select 1 from " ~ this ~ " where state not in ('ignored', 'gone') and project_id = '" ~ name ~ "' limit 1"
        ).rows -%}
            {%- do exceptions.warn(
                "The variable project_ids names '" ~ visible(project) ~ "', of which the export holds no file"
                ~ (" between start_date and end_date." if var('start_date') or var('end_date') else ".")
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set empty = run_query(
        "select folder from (select unnest(" ~ texts_in_json("partition_folders('" ~ root ~ "')") ~ ") as folder) where "
        ~ is_in_scope(
            "url_decode(regexp_extract(folder, '/projectid=([^/]+)/date=[^/]+$', 1))",
            "try_cast(regexp_extract(folder, '/date=([^/]+)$', 1) as date)"
        )
        ~ " and folder not in (select parse_dirpath(path) from " ~ this ~ " where state not in ('ignored', 'gone'))"
    ) -%}
    {%- for row in empty.rows -%}
        {%- do exceptions.warn(
            "No Parquet file in the partition folder " ~ visible(row[0]) ~ ": looked for *.parquet. The partition counts"
            ~ " as empty."
        ) -%}
    {%- endfor -%}
    {%- set unreadable = run_query(
        "select path, state_reason from " ~ this ~ " where state = 'unreadable' order by path limit 20"
    ) -%}
    {%- for row in unreadable.rows -%}
        {%- do exceptions.warn(
            "Cannot read " ~ visible(row[0]) ~ ": " ~ visible(row[1]) ~ ". Its events are missing until the file is"
            ~ " replaced; the rest of its partition is loaded."
        ) -%}
    {%- endfor -%}
    {%- set unknown = run_query(
        "select source_table, column_name, count(*), min(path) from ("
        ~ "select source_table, path, unnest(unknown_columns) as column_name from " ~ this
        ~ " where state in ('pending', 'loaded')) group by all order by all limit 20"
    ) -%}
    {%- for row in unknown.rows -%}
        {%- do exceptions.warn(
            "Column " ~ visible(row[1]) ~ " of " ~ row[0] ~ " is not documented and is ignored: in " ~ row[2]
            ~ " files, such as " ~ visible(row[3]) ~ "."
        ) -%}
    {%- endfor -%}
{% endmacro %}
