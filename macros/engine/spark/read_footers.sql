{#- Opens the files that the ledger does not have as they are, and those that could not be read. Into a table: Spark would
    open them anew for each place where a query reads a view. -#}
{% macro spark__read_footers(files_query, source_table) -%}
    {%- set footers = state_table(source_table ~ '_footers') -%}
    {%- if execute and flags.WHICH in ('build', 'run') and model.resource_type == 'model' -%}
        {%- set ledger = load_cached_relation(this) if not should_full_refresh() else none -%}
        {%- set files = [] -%}
        {%- for file in run_query(
            "select path, size_bytes from " ~ state_table(source_table ~ '_listing') ~ " as listing where problem is null and "
            ~ matches_pattern('path', '/projectid=[^/]+/date=[^/]+/[^_./][^/]*[.]parquet$')
            ~ (" and not exists (select 1 from " ~ ledger ~ " as ledger where ledger.path = listing.path"
                ~ " and ledger.size_bytes = listing.size_bytes and ledger.modified_at = listing.modified_at"
                ~ " and ledger.state not in ('unreadable', 'gone'))" if ledger is not none else "")
            ~ " order by path"
        ).rows -%}
            {%- do files.append([file[0], file[1] | int]) -%}
        {%- endfor -%}
        {%- do export_view('footers_of_files', {
            'view': 'footers', 'root': export_root(), 'files': files, 'columns': documented_types(source_table),
        }) -%}
        {%- do replace_table(footers, "select * from footers_of_files") -%}
        {%- set failure = run_query("select min(store_failure) from " ~ footers).rows[0][0] -%}
        {%- if failure -%}{{ exceptions.raise_compiler_error(failure) }}{%- endif -%}
    {%- endif -%}
    select
        footers.path,
        footers.column_name,
        footers.column_type,
        footers.documented_name,
        footers.footer_error,
        footers.data_error,
        footers.source_rows,
        false as is_passing
    from {{ footers }} as footers
    inner join ({{ files_query }}) as files on footers.path = files.path
{%- endmacro %}
