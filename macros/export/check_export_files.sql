{#-
    Name partition folders without Parquet, files that cannot be read, and columns that the documentation does not know.
    Runs after export_files is built.
-#}
{% macro check_export_files() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {%- set most_named = 20 -%}
    {%- for project in var('project_ids') -%}
        {%- if not run_query(
            "select 1 from " ~ this ~ " where state not in ('ignored', 'gone') and project_id = " ~ text_literal(project)
            ~ " limit 1"
        ).rows -%}
            {%- do exceptions.warn(
                "The variable project_ids names '" ~ visible(project) ~ "', of which the export holds no file"
                ~ (" between start_date and end_date." if var('start_date') or var('end_date') else ".")
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set empty = run_query(
        "select folder from (" ~ partition_folders() ~ ") as folders where "
        ~ is_in_scope(
            decoded_or_null("regexp_extract(folder, '/projectid=([^/]+)/date=[^/]+$', 1)"),
            "try_cast(regexp_extract(folder, '/date=([^/]+)$', 1) as date)"
        )
        ~ " and folder not in (select regexp_replace(path, '/[^/]*$', '') from " ~ this ~ " where state not in ('ignored', 'gone'))"
    ) -%}
    {%- for row in empty.rows -%}
        {%- do exceptions.warn(
            "No Parquet file in the partition folder " ~ visible(row[0]) ~ ": looked for *.parquet. The partition counts"
            ~ " as empty."
        ) -%}
    {%- endfor -%}
    {%- set unreadable = run_query(
        "select path, state_reason from " ~ this ~ " where state = 'unreadable' order by path limit " ~ (most_named + 1)
    ).rows | list -%}
    {%- for row in unreadable[:most_named] -%}
        {%- do exceptions.warn(
            "Cannot read " ~ visible(row[0]) ~ ": " ~ visible(row[1]) ~ ". Its events are missing until the file is"
            ~ " replaced; the rest of its partition is loaded."
        ) -%}
    {%- endfor -%}
    {%- if unreadable | length > most_named -%}
        {%- do exceptions.warn("More files cannot be read: export_unreadable_files has them all.") -%}
    {%- endif -%}
    {%- set unknown = run_query(
        "select source_table, column_name, count(*), min(path) from ("
        ~ "select source_table, path, " ~ each_of('unknown_columns') ~ " as column_name from " ~ this
        ~ " where state in ('pending', 'loaded')) as file_columns group by all order by all limit " ~ (most_named + 1)
    ).rows | list -%}
    {%- for row in unknown[:most_named] -%}
        {%- do exceptions.warn(
            "Column " ~ visible(row[1]) ~ " of " ~ row[0] ~ " is not documented and is ignored: in " ~ row[2]
            ~ " files, such as " ~ visible(row[3]) ~ "."
        ) -%}
    {%- endfor -%}
    {%- if unknown | length > most_named -%}
        {%- do exceptions.warn("More columns are not documented: export_unknown_columns has them all.") -%}
    {%- endif -%}
{% endmacro %}
