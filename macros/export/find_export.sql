{#-
    Stop before anything is built when there is no export at the root. Lists the export, which the model export_files
    then need not do again; nothing to do for a run without that model.
-#}
{% macro find_export() %}
    {% if not execute or flags.WHICH not in ('build', 'run') %}{{ return('') }}{% endif %}
    {%- set listed_by = [] -%}
    {%- for id in selected_resources if id.startswith('model.') and id.endswith('.export_files') -%}
        {%- do listed_by.append(id) -%}
    {%- endfor -%}
    {%- if not listed_by -%}{{ return('') }}{%- endif -%}
    {%- for table_name in ('crm_events', 'customer_events') -%}
        {%- do list_export_now(table_name, 'list_export_ahead') -%}
    {%- endfor -%}
    {%- set files = run_query(
        "select count(*) filter (where " ~ matches_pattern(below_root('path'), place_pattern()) ~ " and "
        ~ is_in_scope(
            decoded_or_null("regexp_extract(" ~ below_root('path') ~ ", '" ~ place_pattern() ~ "', 1)"),
            "try_cast(regexp_extract(" ~ below_root('path') ~ ", '" ~ place_pattern() ~ "', 2) as date)"
        )
        ~ "), count(*), min(path) from (" ~ list_export('crm_events') ~ " union all " ~ list_export('customer_events')
        ~ ") as objects"
    ).rows[0] -%}
    {%- if files[0] > 0 -%}{{ return('') }}{%- endif -%}
    {%- set root = export_root() -%}
    {%- set exists = '://' in root or folder_exists(root) -%}
    {%- set layout = 'crm_events/projectid=<id>/date=<YYYY-MM-DD>/<name>.parquet' -%}
    {%- set limited = var('project_ids') or var('start_date') or var('end_date') -%}
    {%- set found -%}
        {%- if not exists -%} There is no such folder.
        {%- elif files[1] == 0 -%} It holds no file below crm_events/ or customer_events/.
        {%- else -%} It holds {{ files[1] }} other files, such as {{ visible(files[2]) }}.
        {%- endif -%}
    {%- endset -%}
    {%- if exists and limited -%}
        {{ exceptions.raise_compiler_error(
            "No file at '" ~ visible(root) ~ "' matches project_ids, start_date and end_date (project_ids: "
            ~ visible(var('project_ids') | join(', ') or 'all') ~ "; start_date: " ~ (var('start_date') or 'none')
            ~ "; end_date: " ~ (var('end_date') or 'none') ~ "). Compare them with the folders of " ~ layout
            ~ " there, or set FLARELANE_EXPORT_ROOT to another root."
        ) }}
    {%- endif -%}
    {{ exceptions.raise_compiler_error(
        "No export at '" ~ visible(root) ~ "'. Looked there for " ~ layout ~ ". " ~ found
        ~ " Set FLARELANE_EXPORT_ROOT (or --vars 'export_root: ...') to the folder or s3://bucket/prefix that"
        ~ " holds crm_events/; `make sample` writes an export to try."
    ) }}
{% endmacro %}
