{#- Opens the files that the ledger does not have as they are, and those that could not be read. Into a table: Spark would
    open them anew for each place where a query reads a view. -#}
{% macro spark__read_footers(files_query, source_table) -%}
    {%- set footers = state_table(source_table ~ '_footers') -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'retry') and model.resource_type == 'model' -%}
        {%- set columns = crm_source_columns() if source_table == 'crm_events' else customer_source_columns() -%}
        {%- set types = {} -%}
        {%- for column in columns if column.category != 'partition' -%}
            {%- do types.update({column.column_name: column.data_type}) -%}
        {%- endfor -%}
        {%- set ledger = load_cached_relation(this) if not should_full_refresh() else none -%}
        {%- set paths = run_query(
            "select path from " ~ state_table(source_table ~ '_listing') ~ " as listing where problem is null and "
            ~ matches_pattern('path', '/projectid=[^/]+/date=[^/]+/[^_./][^/]*[.]parquet$')
            ~ (" and not exists (select 1 from " ~ ledger ~ " as ledger where ledger.path = listing.path"
                ~ " and ledger.size_bytes = listing.size_bytes and ledger.modified_at = listing.modified_at"
                ~ " and ledger.state not in ('unreadable', 'gone'))" if ledger is not none else "")
            ~ " order by path"
        ).columns[0].values() | list -%}
        {%- do export_view('footers_of_files', {
            'view': 'footers', 'root': export_root(), 'paths': paths, 'columns': types,
        }) -%}
        {%- do replace_table(footers, "select * from footers_of_files") -%}
    {%- endif -%}
    select
        footers.path,
        footers.column_name,
        footers.column_type,
        footers.footer_error,
        footers.data_error,
        false as is_passing
    from {{ footers }} as footers
    inner join ({{ files_query }}) as files on footers.path = files.path
{%- endmacro %}
