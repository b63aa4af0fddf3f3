{#- The columns of a table of the state, with their types: a list of texts. The model's name comes last: it is the table's
    partition, which is replaced as a whole. table: name. -#}
{% macro state_columns(table) -%}
    {{- return({
        'model_builds': [
            'code_fingerprint string', 'hash_key_fingerprint string', 'scope_fingerprint string',
            'forget_list_fingerprint string', 'scope_from string', 'scope_to string', 'followed_to string',
            'written_by string', 'inputs_written_by string',
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

{#- Create the schema of the state, if it has one of its own, and stop where its tables have another format or several threads
    write to them that must not: before anything is written there, be it a listing. -#}
{% macro create_state_schema() -%}
    {%- if var('state_schema') -%}{%- do run_query("create schema if not exists " ~ var('state_schema')) -%}{%- endif -%}
    {%- do check_table_format(state_table('model_builds')) -%}
    {%- do check_threads() -%}
{%- endmacro %}

{#- Also what else a run on Spark needs: the ledger, written to the end if that was cut short, since it alone knows the
    numbers of files that rows hold; the key for recipient hashes, and a list of people to forget. The key is put in by
    Spark itself, from the environment, so that it is in no log of dbt's. -#}
{% macro spark__create_state_tables() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- do create_state_schema() -%}
    {%- for table in ('model_builds', 'partition_builds', 'partition_scope') -%}
        {%- do run_query(
            "create table if not exists " ~ state_table(table) ~ " (" ~ state_columns(table) | join(", ") ~ ") "
            ~ table_format('model')
        ) -%}
    {%- endfor -%}
    {%- if keeps_deleted_rows() -%}
        {%- do run_query("create table if not exists " ~ unfinished_models() ~ " (model string) " ~ table_format()) -%}
        {%- do run_query(
            "create table if not exists " ~ state_table('warehouse_rewrites')
            ~ " (forget_list_fingerprint string, rewritten_at timestamp) " ~ table_format()
        ) -%}
    {%- endif -%}
    {%- do forget_many_snapshots([
        'model_builds', 'partition_builds', 'partition_scope', 'unfinished_models', 'crm_events_listing',
        'customer_events_listing', 'crm_events_footers', 'customer_events_footers',
    ]) -%}
    {%- set ledger = model_named('export_files') -%}
    {%- do finish_replacing(
        api.Relation.create(schema=ledger.schema, identifier=ledger.alias), ledger.config.get('divided_by'),
        ['crm_events', 'customer_events']
    ) -%}
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
    {%- do create_source_tables() -%}
    {%- do export_view('forget_list', {'view': 'forget_list'}) -%}
    {%- do export_view('forget_list_state', {'view': 'forget_list_state'}) -%}
    {{ return('') }}
{%- endmacro %}

{#- Spark finds out itself which partition the rows are of: named in the statement, models that are built at once would
    write to one folder. What has no rows then replaces none, so the partition is dropped first unless it surely has some:
    each statement takes a tenth of a second and more. -#}
{% macro spark__replace_state(table, model_name, query=none, has_rows=false) -%}
    {%- set of_model = "model = '" ~ model_name ~ "'" -%}
    {%- set rows = "select " ~ names_of(state_columns(table)) | join(", ") ~ " from (" ~ query ~ ") as rows_of_state" -%}
    {%- if query and writes_transactions() -%}
        {%- do replace_rows_at_once(state_table(table), of_model, rows) -%}
    {%- elif writes_transactions() -%}
        {%- do run_query("delete from " ~ state_table(table) ~ " where " ~ of_model) -%}
    {%- else -%}
        {%- if not (query and has_rows) -%}
            {%- do run_query("alter table " ~ state_table(table) ~ " drop if exists partition (" ~ of_model ~ ")") -%}
        {%- endif -%}
        {%- if query -%}
            {%- do run_query("insert overwrite " ~ state_table(table) ~ " partition (model) " ~ rows) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{#-
    Record that a build is about to write a model's table: what a killed one leaves is then seen by the next one.

    Of a Parquet table, or of one that is built anew, the record of the model's code is taken away, and comes back behind the
    rows: a killed build is followed by a whole one. A Delta or Iceberg table holds either the old rows of the partitions in
    scope or the new ones. So these partitions have no fingerprint of their inputs or rows until the new rows are there: the
    next build writes them again, even where the export is then as it was before. The run stands in the record from now on,
    so that models downstream compare their partitions. Runs queries. is_whole: whether the table is built anew.
-#}
{% macro record_start(is_whole) -%}
    {%- if is_whole or not writes_transactions() -%}{{ return(replace_state('model_builds', model.name)) }}{%- endif -%}
    {%- do run_query(
        "update " ~ state_table('model_builds') ~ " set written_by = '" ~ invocation_id ~ "' where model = '" ~ model.name ~ "'"
    ) -%}
    {%- set unfinished = "'unfinished in " ~ invocation_id ~ "'" -%}
    {%- set partitions -%}
    with current_scope as (
        select * from {{ state_table('partition_scope') }}
        where model = '{{ model.name }}' and is_current and is_changed
    )

    select
        project_id,
        event_date,
        {{ unfinished }} as built_from,
        {{ unfinished }} as output_fingerprint,
        model
    from current_scope
    union all
    select
        kept.project_id,
        kept.event_date,
        kept.built_from,
        kept.output_fingerprint,
        kept.model
    from {{ state_table('partition_builds') }} as kept
    left anti join current_scope
        on kept.project_id = current_scope.project_id and kept.event_date = current_scope.event_date
    where kept.model = '{{ model.name }}'
    {%- endset -%}
    {%- do replace_state('partition_builds', model.name, partitions) -%}
{%- endmacro %}

{#- is_whole: whether nothing of what was recorded before stays. Else it reads the rows that it replaces, which Spark allows
    where it finds out itself which partition they are of. -#}
{% macro spark__record_partitions(is_whole, has_rows) -%}
    {%- set builds = state_table('partition_builds') -%}
    {%- set query -%}
    with current_scope as (
        select * from {{ state_table('partition_scope') }}
        where model = '{{ model.name }}' and is_current and is_changed
    ),

    built as (
        select
            project_id,
            event_date,
            fingerprint as built_from
        from current_scope
        where fingerprint is not null
        {%- if not is_whole %}
        union all
        select
            kept.project_id,
            kept.event_date,
            kept.built_from
        from {{ builds }} as kept
        left anti join current_scope
            on kept.project_id = current_scope.project_id and kept.event_date = current_scope.event_date
        where kept.model = '{{ model.name }}'
        {%- endif %}
    ){% if config.get('output_key') %},

    outputs as (
        select
            project_id,
            {{ partition_column() }} as event_date,
            {{ list_fingerprint([config.get('output_key')]) }} as fingerprint
        from {{ this }}
        group by project_id, {{ partition_column() }}
    )
    {%- endif %}

    select
        built.project_id,
        built.event_date,
        built.built_from,
        {%- if config.get('output_key') %}
        md5(concat_ws('|', built.built_from, outputs.fingerprint)) as output_fingerprint,
        {%- else %}
        built.built_from as output_fingerprint,
        {%- endif %}
        '{{ model.name }}' as model
    from built
    {%- if config.get('output_key') %}
    left join outputs on built.project_id = outputs.project_id and built.event_date = outputs.event_date
    {%- endif %}
    {%- endset -%}
    {#- Rows that it reads must not be dropped before. -#}
    {%- set has_rows = has_rows or writes_transactions()
        or not is_whole and run_query("select count(*) > 0 from (" ~ query ~ ") as rows_of_state").rows[0][0] -%}
    {{ return(replace_state('partition_builds', model.name, query, has_rows)) }}
{%- endmacro %}

{% macro spark__create_previous_tables() -%}
    {%- for table in (graph.sources.values() if execute else []) if table.source_name == 'previous_run' -%}
        {%- set node = model_named(table.name) -%}
        {%- set partition = none if node.config.whole else node.config.get('partition_by', 'event_date') -%}
        {%- do run_query(
            "create table if not exists " ~ api.Relation.create(schema=node.schema, identifier=node.alias) ~ " ("
            ~ partition_last(documented_columns(node), partition) | join(", ") ~ ") " ~ table_format(partition)
        ) -%}
    {%- endfor -%}
    {{ return('') }}
{%- endmacro %}
