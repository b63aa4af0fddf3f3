{% macro duckdb__create_state_tables() -%}
    {%- if var('state_schema') %}
    create schema if not exists {{ adapter.quote(var('state_schema')) }};
    {%- endif %}
    create table if not exists {{ state_table('model_builds') }} (
        model varchar, code_fingerprint varchar, hash_key_fingerprint varchar, scope_fingerprint varchar
    );
    {%- for column in (
        'forget_list_fingerprint', 'scope_from', 'scope_to', 'followed_to', 'written_by', 'inputs_written_by'
    ) %}
    alter table {{ state_table('model_builds') }} add column if not exists {{ column }} varchar;
    {%- endfor %}
    create table if not exists {{ state_table('partition_builds') }} (
        model varchar, project_id varchar, event_date date, built_from varchar, output_fingerprint varchar
    );
    create table if not exists {{ state_table('partition_scope') }} (
        model varchar,
        project_id varchar,
        event_date date,
        fingerprint varchar,
        is_changed boolean,
        is_whole boolean,
        batch bigint,
        is_current boolean
    );
    create table if not exists {{ unfinished_models() }} (model varchar);
    create table if not exists {{ state_table('warehouse_rewrites') }} (
        forget_list_fingerprint varchar, rewritten_at timestamp
    );
    create table if not exists {{ state_table('passed_tests') }} (model varchar, test varchar, made_with varchar)
{%- endmacro %}

{% macro duckdb__replace_state(table, model_name, query=none, has_rows=false) -%}
    delete from {{ state_table(table) }} where model = '{{ model_name }}'
    {%- if query %};
    insert into {{ state_table(table) }}
    {{ query }}
    {%- endif %}
    {%- if table == 'model_builds' %};
    {{ replace_state('passed_tests', model_name) }}
    {%- endif %}
{%- endmacro %}

{% macro duckdb__use_batch(batch) -%}
    update {{ state_table('partition_scope') }}
    set is_current = {{ 'true' if batch is none else 'batch = ' ~ batch }}
    where model = '{{ model.name }}'
{%- endmacro %}

{% macro duckdb__record_partitions(is_whole, has_rows) -%}
    {%- set partitions = state_table('partition_builds') -%}
    delete from {{ partitions }} as built
    using {{ state_table('partition_scope') }} as scope
    where
        built.model = '{{ model.name }}'
        and scope.model = built.model
        and scope.is_current and scope.is_changed
        and built.project_id = scope.project_id
        and built.event_date = scope.event_date;
    insert into {{ partitions }}
    select model, project_id, event_date, fingerprint, fingerprint
    from {{ state_table('partition_scope') }}
    where model = '{{ model.name }}' and is_current and is_changed and fingerprint is not null
    {%- if config.get('output_key') %};
    update {{ partitions }} as built
    set output_fingerprint = md5(concat_ws('|', built.built_from, outputs.fingerprint))
    from (
        select
            built.project_id,
            built.event_date,
            {{ list_fingerprint([config.get('output_key')]) }} as fingerprint
        from {{ partitions }} as built
        left join {{ this }} as outputs
            on built.project_id = outputs.project_id and built.event_date = outputs.{{ partition_column() }}
        where built.model = '{{ model.name }}'
        group by built.project_id, built.event_date
    ) as outputs
    where
        built.model = '{{ model.name }}'
        and built.project_id = outputs.project_id
        and built.event_date = outputs.event_date
    {%- endif %}
{%- endmacro %}

{% macro duckdb__create_previous_tables() -%}
    {%- for table in (graph.sources.values() if execute else []) if table.source_name == 'previous_run' -%}
        {%- set node = model_named(table.name) %}
    create table if not exists {{ api.Relation.create(schema=node.schema, identifier=node.alias) }} (
        {%- for column in node.columns.values() %}
        {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    );
    {%- endfor -%}
{%- endmacro %}
