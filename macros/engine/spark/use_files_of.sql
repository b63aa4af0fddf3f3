{#- The source is a view in its own schema, of one or more views that hold the names of the files to read: several, because
    the catalogue (Derby) holds at most 32,700 characters of one. Arrow reads objects, and files that Spark's own reader stops
    at. -#}
{% macro spark__use_files_of(source_table) -%}
    {%- set listing = state_table(source_table ~ '_listing') -%}
    {%- set view = builtins.source('flarelane', source_table).include(database=false) -%}
    {%- set table = api.Relation.create(schema=view.schema, identifier=source_table ~ '_files') -%}
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
            {%- do for_spark.append([file[1]]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do run_query("create schema if not exists " ~ view.schema) -%}
    {%- set of_spark = queries_of_files(source_table, table, pieces_of(for_spark)) if is_in_folder else [] -%}
    {%- set of_arrow = queries_for_arrow(source_table, table, pieces_of(for_arrow)) if for_arrow or not of_spark else [] -%}
    {%- set queries = [] -%}
    {%- for query in of_spark + of_arrow -%}
        {%- set piece = table.incorporate(path={'identifier': table.identifier ~ '_' ~ loop.index}) -%}
        {%- do run_query("create or replace view " ~ piece ~ " as " ~ query) -%}
        {%- do queries.append("select * from " ~ piece) -%}
    {%- endfor -%}
    {%- do run_query(
        "create or replace view " ~ view ~ " as select files.*, listing.path as filename from ("
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

{#- Files in lists that are short enough for a view of the catalogue. files: list of lists that begin with a text. -#}
{% macro pieces_of(files) -%}
    {%- set pieces = [[]] -%}
    {%- for file in files -%}
        {%- if pieces[-1] | map('first') | join | length > 20000 -%}{%- do pieces.append([]) -%}{%- endif -%}
        {%- do pieces[-1].append(file) -%}
    {%- endfor -%}
    {{- return(pieces) -}}
{%- endmacro %}

{#- Queries of the rows of files in a folder, one for each piece: on a table of all Parquet files below the folder, of which
    Spark opens those that are named. Its own option of reading tables keeps it from taking the folder's name for a pattern.
    Runs queries. source_table: crm_events or customer_events. table: relation to make. pieces: lists of lists that begin with
    a file's uri. -#}
{% macro queries_of_files(source_table, table, pieces) -%}
    {%- set view = 'place_of_' ~ source_table -%}
    {%- do export_view(view, {'view': 'place', 'root': export_root() ~ '/' ~ source_table}) -%}
    {%- set place = run_query("select uri, is_folder from " ~ view).rows[0] -%}
    {%- do run_query("drop table if exists " ~ table) -%}
    {%- do run_query(
        "create table " ~ table ~ " (" ~ documented_fields(source_table) ~ ") using parquet"
        ~ (" options (recursiveFileLookup 'true', `__globPaths__` 'false') location " ~ spark_text(place[0]) if place[1] else "")
    ) -%}
    {%- set queries = [] -%}
    {%- for files in pieces -%}
        {%- set names = [] -%}
        {%- for file in files -%}{%- do names.append(spark_text(file[0])) -%}{%- endfor -%}
        {%- do queries.append(
            "select *, _metadata.file_path as file_uri, _metadata.row_index as file_row_number from " ~ table
            ~ " where _metadata.file_path in (" ~ (names | join(', ') or "''") ~ ")"
        ) -%}
    {%- endfor -%}
    {{- return(queries) -}}
{%- endmacro %}

{#- Queries of the rows of files that Arrow reads, one for each piece. Spark takes what a table was made with for its columns, and what
    stands at the query for the rest; of one table in a query it takes that once, so each piece has its own. Runs queries.
    source_table, table: see queries_of_files(). pieces: lists of the path and the size of files. -#}
{% macro queries_for_arrow(source_table, table, pieces) -%}
    {%- set queries = [] -%}
    {%- for files in pieces -%}
        {%- set objects = table.incorporate(path={'identifier': table.identifier ~ '_rows_' ~ loop.index}) -%}
        {%- set options = {'view': 'rows', 'fields': documented_fields(source_table)} -%}
        {%- do run_query("drop table if exists " ~ objects) -%}
        {%- do run_query("create table " ~ objects ~ " using flarelane_export options (" ~ export_options(options) ~ ")") -%}
        {%- set options = {'view': 'rows', 'columns': documented_types(source_table), 'files': files} -%}
        {%- do queries.append("select * from " ~ objects ~ " with (" ~ export_options(options) ~ ")") -%}
    {%- endfor -%}
    {{- return(queries) -}}
{%- endmacro %}

{#- The documented columns of a source's files and their types: a dict of texts. source_table: crm_events or
    customer_events. -#}
{% macro documented_types(source_table) -%}
    {%- set types = {} -%}
    {%- set columns = crm_source_columns() if source_table == 'crm_events' else customer_source_columns() -%}
    {%- for column in columns if column.category != 'partition' -%}
        {%- do types.update({column.column_name: column.data_type}) -%}
    {%- endfor -%}
    {{- return(types) -}}
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
