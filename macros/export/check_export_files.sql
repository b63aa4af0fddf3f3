{#-
    Stop the build when the export was not found, and warn about partition folders that hold no Parquet.

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
        {%- set found -%}
            {%- if not exists -%} That folder does not exist.
            {%- elif files[1] == 0 -%} It holds no file below crm_events/ or customer_events/.
            {%- else -%} It holds {{ files[1] }} other files, such as {{ files[2] }}.
            {%- endif -%}
        {%- endset -%}
        {{ exceptions.raise_compiler_error(
            "No export at '" ~ root ~ "'. Looked there for " ~ layout ~ ". " ~ found
            ~ " Set FLARELANE_EXPORT_ROOT (or --vars 'export_root: ...') to the folder or s3://bucket/prefix that"
            ~ " holds crm_events/; `make sample` writes an export to try."
        ) }}
    {%- endif -%}
    {%- set empty = run_query(
        "select folder from (select unnest(partition_folders('" ~ root ~ "')) as folder)"
        ~ " where folder not in (select parse_dirpath(path) from " ~ this ~ " where state not in ('ignored', 'gone'))"
    ) -%}
    {%- for row in empty.rows -%}
        {%- do exceptions.warn(
            "No Parquet file in the partition folder " ~ row[0] ~ ": looked for *.parquet. The partition counts as empty."
        ) -%}
    {%- endfor -%}
{% endmacro %}
