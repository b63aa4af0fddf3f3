{#-
    A query with one row per file and column: path, column_name, column_type (DuckDB's name), footer_error, data_error,
    is_passing. A file whose footer cannot be read has one row, without a column.

    files_query: a query with the columns path and size_bytes. source_table: crm_events or customer_events, whose columns
    are read to see whether the data is sound: as the models load them, and no others.
    The function file_verdicts comes from plugins/flarelane_connection.py: SQL by itself stops at the first bad file, and
    dies of some. is_passing says that the cause may go away while the file stays as it is.
-#}
{% macro read_footers(files_query, source_table) -%}
    {%- set columns = crm_source_columns() if source_table == 'crm_events' else customer_source_columns() -%}
    {%- set types = {} -%}
    {%- set private = [] -%}
    {%- for column in columns if column.category != 'partition' -%}
        {%- do types.update({column.column_name: column.data_type}) -%}
    {%- endfor -%}
    {%- for node in graph.get('sources', {}).values() if node.source_name == 'flarelane' and node.name == source_table -%}
        {%- for column in node.columns.values() if 'personal_data' in column.config.tags -%}
            {%- do private.append(column.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    select
        path,
        unnest(coalesce(nullif(map_keys(columns), []), [null])) as column_name,
        unnest(coalesce(nullif(map_values(columns), []), [null])) as column_type,
        footer_error,
        data_error,
        is_passing
    from (
        select
            path,
            {{ stop_when_store_failed("verdict ->> '$.store_failure'", "verdict ->> '$.footer_error'") }}
                as footer_error,
            verdict ->> '$.data_error' as data_error,
            coalesce(cast(verdict ->> '$.is_passing' as boolean), false) as is_passing,
            from_json(verdict -> '$.columns', '"MAP(VARCHAR, VARCHAR)"') as columns
        from (
            select
                unnest(paths) as path,
                unnest(
                    file_verdicts(paths, sizes, '{{ tojson({'columns': types, 'private': private}) }}')
                )::json as verdict
            from (
                select
                    list(path order by path) as paths,
                    list(size_bytes order by path) as sizes
                from ({{ files_query }})
            )
            where paths is not null
        )
    )
{%- endmacro %}

{#-
    Whether a file's column can be read as the documented type without loss of meaning. One that the writer saw only
    nulls in has the type NULL, and can.

    file_type: expression of DuckDB's name of the type in the file; documented_type: varchar, boolean or bigint.
    Null (an undocumented column) where documented_type is null.
-#}
{% macro is_castable(file_type, documented_type) -%}
    case {{ documented_type }}
        when 'varchar' then {{ file_type }} <> 'NESTED'
        when 'boolean' then regexp_matches({{ file_type }}, '^BOOLEAN$|^U?(TINY|SMALL|BIG)?INT(EGER)?$|^NULL$')
        when 'bigint' then regexp_matches({{ file_type }}, '^U?(TINY|SMALL|BIG)?INT(EGER)?$|^DOUBLE$|^FLOAT$|^NULL$')
    end
{%- endmacro %}

{#-
    A file's error, or the end of the query where it is the store that failed, not the file: nothing is written down
    then, so that the next build tries again. store_failure, error: expressions of texts.
-#}
{% macro stop_when_store_failed(store_failure, error) -%}
    case
        when {{ store_failure }} is not null then error({{ store_failure }})
        else {{ error }}
    end
{%- endmacro %}
