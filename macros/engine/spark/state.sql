{#- The columns of a table of the state, with their types: a list of texts. The model's name comes last: it is the table's
    partition, which is replaced as a whole. table: name. -#}
{% macro state_columns(table) -%}
    {{- return({
        'model_builds': [
            'code_fingerprint string', 'hash_key_fingerprint string', 'scope_fingerprint string',
            'forget_list_fingerprint string',
        ],
        'partition_builds': [
            'project_id string', 'event_date date', 'built_from string', 'output_fingerprint string',
        ],
        'partition_scope': [
            'project_id string', 'event_date date', 'fingerprint string', 'is_changed boolean', 'is_whole boolean',
            'batch bigint', 'is_current boolean',
        ],
    }[table] + ['model string']) -}}
{%- endmacro %}

{#- Also what else a connection to Spark needs: the key for recipient hashes, and a list of people to forget. The key is put
    in by Spark itself, from the environment, so that it is in no log of dbt's. -#}
{% macro spark__create_state_tables() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- for table in ('model_builds', 'partition_builds', 'partition_scope') -%}
        {%- do run_query(
            "create table if not exists " ~ state_table(table) ~ " (" ~ state_columns(table) | join(", ")
            ~ ") using parquet partitioned by (model)"
        ) -%}
    {%- endfor -%}
    {%- set key = env_var('FLARELANE_RECIPIENT_HASH_KEY', '') -%}
    {%- if "'" in key or '\\' in key or '${' in key -%}
        {{ exceptions.raise_compiler_error(
            "On Spark the key for recipient hashes (FLARELANE_RECIPIENT_HASH_KEY) must be without ', \\ and ${. Make one by"
            ~ " `openssl rand -hex 32`."
        ) }}
    {%- endif -%}
    {%- do run_query(
        set_recipient_hash_key("'${env:FLARELANE_RECIPIENT_HASH_KEY}'" if key else "cast(null as string)")
    ) -%}
    {%- do run_query("create schema if not exists people") -%}
    {%- do run_query("drop table if exists people.forget_list") -%}
    {%- do run_query("create table people.forget_list using flarelane_export options (view 'forget_list')") -%}
    {%- do export_view('forget_list_state', {'view': 'forget_list_state'}) -%}
    {{ return('') }}
{%- endmacro %}

{% macro spark__replace_state(table, model_name, query=none) -%}
    {%- set names = [] -%}
    {%- for column in state_columns(table) -%}{%- do names.append(column.split(' ')[0]) -%}{%- endfor -%}
    {%- do run_query("alter table " ~ state_table(table) ~ " drop if exists partition (model = '" ~ model_name ~ "')") -%}
    {%- if query -%}
        {%- do run_query(
            "insert overwrite " ~ state_table(table) ~ " partition (model) select " ~ names | join(", ") ~ " from ("
            ~ query ~ ") as rows_of_state"
        ) -%}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{% macro spark__record_partitions() -%}
    {%- set outputs -%}
        {%- if config.get('output_key') %}
        left join (
            select
                project_id,
                {{ partition_column() }} as event_date,
                {{ list_fingerprint([config.get('output_key')], config.get('output_key')) }} as fingerprint
            from {{ this }}
            group by project_id, {{ partition_column() }}
        ) as outputs on scope.project_id = outputs.project_id and scope.event_date = outputs.event_date
        {%- endif -%}
    {%- endset -%}
    {%- set query -%}
        select
            scope.model,
            scope.project_id,
            scope.event_date,
            scope.fingerprint as built_from,
            {{ "md5(concat_ws('|', scope.fingerprint, outputs.fingerprint))" if config.get('output_key') else 'scope.fingerprint' }}
                as output_fingerprint
        from {{ state_table('partition_scope') }} as scope
        {{ outputs }}
        where scope.model = '{{ model.name }}' and scope.is_changed and scope.fingerprint is not null
    {%- endset -%}
    {{ return(replace_state('partition_builds', model.name, query)) }}
{%- endmacro %}

{% macro spark__create_previous_tables() -%}
    {%- for table in (graph.sources.values() if execute else []) if table.source_name == 'previous_run' -%}
        {%- set node = model_named(table.name) -%}
        {%- set fields = [] -%}
        {%- for column in node.columns.values() -%}
            {%- do fields.append(column.name ~ ' ' ~ spark_type(column.data_type)) -%}
        {%- endfor -%}
        {%- do run_query(
            "create table if not exists " ~ api.Relation.create(schema=node.schema, identifier=node.alias) ~ " ("
            ~ fields | join(", ") ~ ") using parquet"
        ) -%}
    {%- endfor -%}
    {{ return('') }}
{%- endmacro %}
