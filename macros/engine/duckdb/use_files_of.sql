{#- With nothing to read it names a file without rows, because DuckDB takes an empty list for an error. -#}
{% macro duckdb__use_files_of(source_table) -%}
    {%- do open_export() -%}
    set variable {{ source_table }}_files = (
        select coalesce(
            list({{ path_pattern('files.path') }} order by files.partition_date, files.path),
            [getvariable('no_rows_file')]
        )
        from {{ ref('export_files') }} as files
        semi join {{ state_table('partition_scope') }} as scope
            on
                files.project_id = scope.project_id
                and files.partition_date = scope.event_date
                and scope.model = '{{ model.name }}'
                and scope.is_current
        where files.source_table = '{{ source_table }}' and files.state in ('pending', 'loaded')
    );
    {{ use_columns_of(source_table) }}
{%- endmacro %}

{% macro duckdb__preview_files_of(source_table) -%}
    {%- if not execute or flags.WHICH != 'show' -%}{{ return('') }}{%- endif -%}
    {%- if load_cached_relation(ref('export_files')) is none -%}
        {{ exceptions.raise_compiler_error(
            "There is nothing to show yet: dbt build --select +" ~ model.name ~ " reads the export first."
        ) }}
    {%- endif -%}
    {%- do open_export() -%}
    {%- set key = use_recipient_hash_key() -%}
    {%- if key -%}{%- do run_query(key) -%}{%- endif -%}
    {%- do run_query(use_columns_of(source_table)) -%}
    {%- do run_query(
        "set variable " ~ source_table ~ "_files = (select coalesce(list(" ~ path_pattern('path')
        ~ " order by partition_date, path), [getvariable('no_rows_file')]) from " ~ ref('export_files')
        ~ " where source_table = '" ~ source_table ~ "' and state in ('pending', 'loaded'))"
    ) -%}
    {{ return('') }}
{%- endmacro %}

{#- A statement that sets the variable from which the reader of a source takes its columns and their types.
    source_table: crm_events or customer_events. -#}
{% macro use_columns_of(source_table) -%}
    set variable {{ source_table }}_schema = map_from_entries([
        {%- for name, data_type in documented_types(source_table).items() %}
        struct_pack(
            key := '{{ name }}', value := struct_pack(name := '{{ name }}', type := '{{ data_type }}', default_value := null)
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ])
{%- endmacro %}
