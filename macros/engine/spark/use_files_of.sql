{#- The source is a view in its own schema: of a table of all Parquet files below the folder, cut down to the files to
    read. Their names stand in views, because Spark then opens no other: in several, because the catalogue (Derby) holds at
    most 32,700 characters of one. -#}
{% macro spark__use_files_of(source_table) -%}
    {%- set columns = crm_source_columns() if source_table == 'crm_events' else customer_source_columns() -%}
    {%- set listing = state_table(source_table ~ '_listing') -%}
    {%- set view = builtins.source('flarelane', source_table).include(database=false) -%}
    {%- set table = api.Relation.create(schema=view.schema, identifier=source_table ~ '_files') -%}
    {%- set fields = [] -%}
    {%- for column in columns if column.category != 'partition' -%}
        {%- do fields.append(column.column_name ~ ' ' ~ spark_type(column.data_type)) -%}
    {%- endfor -%}
    {%- do export_view('place_in_export', {'view': 'place', 'root': export_root() ~ '/' ~ source_table}) -%}
    {%- set place = run_query("select uri, is_folder from place_in_export").rows[0] -%}
    {%- set uris = run_query(
        "select distinct listing.uri from " ~ listing ~ " as listing"
        ~ " inner join " ~ ref('export_files') ~ " as files on listing.path = files.path"
        ~ " left semi join " ~ state_table('partition_scope') ~ " as scope on files.project_id = scope.project_id"
        ~ " and files.partition_date = scope.event_date and scope.model = '" ~ model.name ~ "' and scope.is_current"
        ~ " where files.source_table = '" ~ source_table ~ "' and files.state in ('pending', 'loaded') order by listing.uri"
    ).columns[0].values() -%}
    {%- set pieces = [[]] -%}
    {%- for uri in uris -%}
        {%- if pieces[-1] | join | length > 20000 -%}{%- do pieces.append([]) -%}{%- endif -%}
        {%- do pieces[-1].append(spark_text(uri)) -%}
    {%- endfor -%}
    {%- do run_query("create schema if not exists " ~ view.schema) -%}
    {%- do run_query("drop table if exists " ~ table) -%}
    {%- do run_query(
        "create table " ~ table ~ " (" ~ fields | join(', ') ~ ") using parquet"
        ~ (" options (recursiveFileLookup 'true') location " ~ spark_text(place[0]) if place[1] else "")
    ) -%}
    {%- set queries = [] -%}
    {%- for names in pieces -%}
        {%- set piece = table.incorporate(path={'identifier': table.identifier ~ '_' ~ loop.index}) -%}
        {%- do run_query(
            "create or replace view " ~ piece ~ " as select *, _metadata.file_path as file_uri,"
            ~ " _metadata.row_index as file_row_number from " ~ table ~ " where _metadata.file_path in ("
            ~ (names | join(', ') or "''") ~ ")"
        ) -%}
        {%- do queries.append("select * from " ~ piece) -%}
    {%- endfor -%}
    {%- do run_query(
        "create or replace view " ~ view ~ " as select files.*, listing.path as filename from ("
        ~ queries | join(" union all ") ~ ") as files inner join " ~ listing ~ " as listing on files.file_uri = listing.uri"
    ) -%}
{%- endmacro %}

{% macro spark__preview_files_of(source_table) -%}{{ return('') }}{%- endmacro %}
