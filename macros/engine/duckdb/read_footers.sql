{#- The function file_verdicts comes from plugins/flarelane_connection.py: SQL by itself stops at the first bad file, and
    dies of some. -#}
{% macro duckdb__read_footers(files_query, source_table) -%}
    select
        path,
        unnest(coalesce(nullif(map_keys(columns), []), [null])) as column_name,
        unnest(coalesce(nullif(map_values(columns), []), [null])) as column_type,
        unnest(coalesce(nullif(documented, []), [null])) as documented_name,
        footer_error,
        data_error,
        source_rows,
        is_passing
    from (
        select
            path,
            {{ stop_when_store_failed("verdict ->> '$.store_failure'", "verdict ->> '$.footer_error'") }}
                as footer_error,
            verdict ->> '$.data_error' as data_error,
            cast(verdict ->> '$.source_rows' as bigint) as source_rows,
            coalesce(cast(verdict ->> '$.is_passing' as boolean), false) as is_passing,
            from_json(verdict -> '$.columns', '"MAP(VARCHAR, VARCHAR)"') as columns,
            from_json(verdict -> '$.documented', '["VARCHAR"]') as documented
        from (
            select
                unnest(paths) as path,
                unnest(
                    file_verdicts(paths, sizes, '{{ tojson({'columns': documented_types(source_table)}) }}')
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
    A file's error, or the end of the query where it is the store that failed, not the file: nothing is written down
    then, so that the next build tries again. store_failure, error: expressions of texts.
-#}
{% macro stop_when_store_failed(store_failure, error) -%}
    case
        when {{ store_failure }} is not null then error({{ store_failure }})
        else {{ error }}
    end
{%- endmacro %}
