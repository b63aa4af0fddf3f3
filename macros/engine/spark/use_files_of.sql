{#- The source is a temporary view of the files to read. Arrow reads objects, and files that Spark's own reader stops at. -#}
{% macro spark__use_files_of(source_table) -%}
    {%- set listing = state_table(source_table ~ '_listing') -%}
    {%- set files = run_query(
        "select distinct listing.path, listing.uri, listing.size_bytes from " ~ listing ~ " as listing"
        ~ " inner join " ~ ref('export_files') ~ " as files on listing.path = files.path"
        ~ " left semi join " ~ state_table('partition_scope') ~ " as scope on files.project_id = scope.project_id"
        ~ " and files.partition_date = scope.event_date and scope.model = '" ~ model.name ~ "' and scope.is_current"
        ~ " where files.source_table = '" ~ source_table ~ "' and files.state in ('pending', 'loaded') order by listing.uri"
    ).rows -%}
    {%- set is_in_folder = '://' not in export_root() -%}
    {%- set is_for_arrow = {} -%}
    {%- for path in (paths_for_arrow(source_table, files) if is_in_folder else files | map('first') | list) -%}
        {%- do is_for_arrow.update({path: true}) -%}
    {%- endfor -%}
    {%- set for_spark = [] -%}
    {%- set for_arrow = [] -%}
    {%- for file in files -%}
        {%- if file[0] in is_for_arrow -%}
            {%- do for_arrow.append([file[0], file[2] | int]) -%}
        {%- else -%}
            {%- do for_spark.append(text_literal(file[1])) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set queries = [] -%}
    {%- if for_spark -%}{%- do queries.append(query_of_files(source_table, for_spark)) -%}{%- endif -%}
    {%- if for_arrow or not for_spark -%}
        {%- set view = source_table ~ '_of_arrow' -%}
        {%- do export_view(view, {
            'view': 'rows', 'fields': documented_fields(source_table), 'columns': documented_types(source_table),
            'files': for_arrow,
        }) -%}
        {%- do queries.append("select * from " ~ view) -%}
    {%- endif -%}
    {%- do run_query(
        "create or replace temporary view " ~ source_table ~ " as select files.*, listing.path as filename from ("
        ~ queries | join(" union all ") ~ ") as files inner join " ~ listing ~ " as listing on files.file_uri = listing.uri"
    ) -%}
{%- endmacro %}

{#- The paths, a list of texts, of files in a folder that Spark's own reader stops at. Runs queries. source_table: crm_events or
    customer_events. files: rows of path, uri and size. -#}
{% macro paths_for_arrow(source_table, files) -%}
    {%- set view = 'files_for_arrow_of_' ~ source_table -%}
    {%- set places = [] -%}
    {%- for file in files -%}{%- do places.append([file[0], file[2] | int]) -%}{%- endfor -%}
    {%- do export_view(view, {'view': 'files_for_arrow', 'columns': documented_types(source_table), 'files': places}) -%}
    {{- return(run_query("select path from " ~ view).rows | map('first') | list) -}}
{%- endmacro %}

{#- A query of the rows of files in a folder: on a table of all Parquet files below the folder, of which Spark opens those that
    are named. Its own option of reading tables keeps it from taking the folder's name for a pattern. Runs queries.
    source_table: crm_events or customer_events. uris: list of SQL texts. -#}
{% macro query_of_files(source_table, uris) -%}
    {%- set place_view = 'place_of_' ~ source_table -%}
    {%- do export_view(place_view, {'view': 'place', 'root': export_root() ~ '/' ~ source_table}) -%}
    {%- set place = run_query("select uri from " ~ place_view).rows[0][0] -%}
    {%- set table = state_table(source_table ~ '_files') -%}
    {%- do run_query("drop table if exists " ~ table) -%}
    {%- do run_query(
        "create table " ~ table ~ " (" ~ documented_fields(source_table) ~ ") using parquet"
        ~ " options (recursiveFileLookup 'true', `__globPaths__` 'false') location " ~ text_literal(place)
    ) -%}
    {#- Dropped in Iceberg's catalogue, the table keeps the files that a session saw in the folder when it built before. -#}
    {%- if tables_format() == 'iceberg' -%}{%- do run_query("refresh table " ~ table) -%}{%- endif -%}
    {{- return(
        "select *, _metadata.file_path as file_uri, _metadata.row_index as file_row_number from " ~ table
        ~ " where _metadata.file_path in (" ~ uris | join(', ') ~ ")"
    ) -}}
{%- endmacro %}

{#- The documented columns of a source's files as the fields of a table of Spark: text. source_table: crm_events or
    customer_events. -#}
{% macro documented_fields(source_table) -%}
    {%- set fields = [] -%}
    {%- for name, data_type in documented_types(source_table).items() -%}
        {%- do fields.append(name ~ ' ' ~ spark_type(data_type)) -%}
    {%- endfor -%}
    {{- return(fields | join(', ')) -}}
{%- endmacro %}

{% macro spark__preview_files_of(source_table) -%}{{ return('') }}{%- endmacro %}
