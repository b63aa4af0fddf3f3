{#-
    A query with one row per file and column: path, column_name, column_type (as DuckDB names it), documented_name (of the
    documented column that it is read as, or null), footer_error, data_error, source_rows, is_passing. A file whose footer cannot
    be read has one row, without a column.

    files_query: a query with the columns path and size_bytes. source_table: crm_events or customer_events, whose columns
    are read to see whether the data is sound: as the models load them, and no others. source_rows is how many rows the file
    has, null unless they are sound. is_passing says that the cause may go away while the file stays as it is.
-#}
{% macro read_footers(files_query, source_table) -%}
    {{- return(adapter.dispatch('read_footers', 'flarelane')(files_query, source_table)) -}}
{%- endmacro %}
