{#-
    A query with one row per file and column: path, column_name, column_type (DuckDB's name), error.

    paths_query: a query with one column, path. A file whose footer cannot be read has one row, with its error alone.
    The function parquet_footers comes from plugins/flarelane_connection.py: SQL by itself stops at the first bad file.
-#}
{% macro read_footers(paths_query) -%}
    select
        path,
        unnest(coalesce(nullif(map_keys(columns), []), [null])) as column_name,
        unnest(coalesce(nullif(map_values(columns), []), [null])) as column_type,
        error
    from (
        select
            path,
            {{ stop_when_store_failed("footer ->> '$.error'") }} as error,
            from_json(footer -> '$.columns', '"MAP(VARCHAR, VARCHAR)"') as columns
        from (
            select
                unnest(paths) as path,
                unnest(parquet_footers(paths))::json as footer
            from (select list(path order by path) as paths from ({{ paths_query }}))
            where paths is not null
        )
    )
{%- endmacro %}

{#-
    Whether a file's column can be read as the documented type without loss of meaning.

    file_type: expression of DuckDB's name of the type in the file; documented_type: varchar, boolean or bigint.
    Null (an undocumented column) where documented_type is null.
-#}
{% macro is_castable(file_type, documented_type) -%}
    case {{ documented_type }}
        when 'varchar' then {{ file_type }} <> 'NESTED'
        when 'boolean' then regexp_matches({{ file_type }}, '^BOOLEAN$|^U?(TINY|SMALL|BIG)?INT(EGER)?$')
        when 'bigint' then regexp_matches({{ file_type }}, '^U?(TINY|SMALL|BIG)?INT(EGER)?$|^DOUBLE$|^FLOAT$')
    end
{%- endmacro %}

{#-
    A query with one row per file whose data cannot be read, though its footer can: path, error.

    paths_query: a query with one column, path. Reads the files once, and no row of them.
-#}
{% macro read_data_errors(paths_query) -%}
    select
        path,
        error
    from (
        select
            path,
            {{ stop_when_store_failed('error') }} as error
        from (
            select
                unnest(paths) as path,
                unnest(parquet_data_errors(paths)) as error
            from (select list(path order by path) as paths from ({{ paths_query }}))
            where paths is not null
        )
    )
    where error is not null
{%- endmacro %}

{#-
    A file's error, or the end of the query where it is the store that failed, not the file.

    error: expression of a text. Nothing is recorded then, so that the next build tries again.
-#}
{% macro stop_when_store_failed(error) -%}
    case
        when starts_with({{ error }}, 'store failure: ') then error(substr({{ error }}, 16))
        else {{ error }}
    end
{%- endmacro %}
