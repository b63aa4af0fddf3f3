{#-
    Materialization: a table that a build brings up to date by the partitions of the export that changed.

    The model's SQL delivers the rows in scope, those of partitions_in_scope(), and they take the place of the rows in
    scope that the table holds. In a first build, after a change of the code, and with --full-refresh everything is in
    scope. Which stored models the partitions follow is read from the graph, what the rows depend on from the compiled
    SQL: see plan_build(). Rows and the record of what they were built from are committed together.

    Config, all optional:
    - partition_by: the column of the partition's date; default event_date.
    - reach: [days before, days after] a changed partition that its change can touch; default [0, 0]. Days after can be
      none: all that come after it. Or the name of a model that the SQL reads, which has them in a column: see dates_of_reach().
    - keys, key_column: name of a this_run model, and a column that it has and the table: of the partitions in scope
      just the rows with its keys are replaced.
    - whole: true for a table that is small, or has no partitions: replaced as a whole when any partition changed.
    - output_key: see record_partitions().
    - batch_by: name of a model that has the column partition_by too: a whole build runs the SQL once for each range of
      dates of about batch_rows of its rows, so that a large table is built in little memory.

    A model that reads the export is built and committed in batches of batch_bytes.
-#}
{% materialization partitioned, default %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set node = graph.nodes[model.unique_id] -%}
    {%- set inputs = partition_inputs(node) -%}
    {%- set export_table = inputs[0] if reads_export(inputs) else none -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set plan = plan_build(node, compiled_code) -%}
    {%- set is_stored = existing is not none and existing.is_table -%}
    {%- set is_whole = not (is_stored and plan.is_built) -%}
    {%- set changed = none if is_whole else changes_of(node, inputs) -%}
    {%- if changed and changed.changes and not keys_are_of_these_changes(inputs) -%}
        {%- do say_keys_are_of_other_changes() -%}
        {%- set is_whole = true -%}
    {%- endif -%}

    {%- if not is_whole and not changed.changes -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}
        {%- endcall -%}
    {%- else -%}
        {%- if is_stored and not plan.is_built and not should_full_refresh() -%}
            {%- do log(model.name ~ ": its code or settings changed since it was built; rebuilding it", info=True) -%}
        {%- endif -%}
        {%- set batches = begin_scope(inputs, is_whole, export_table) -%}
        {%- set is_new = is_whole or (config.get('whole', false) and not reads_itself()) -%}
        {#- What is inserted must not be read by the same statement. -#}
        {%- set new_rows = make_intermediate_relation(target_relation) if is_new and reads_itself() else target_relation -%}
        {%- for batch in batches -%}
            {%- if batches | length > 1 -%}{%- do run_query(use_batch(batch)) -%}{%- endif -%}
            {%- if export_table -%}{%- do run_query(use_files_of(export_table)) -%}{%- endif -%}
            {%- if is_new and loop.first -%}
                {%- call statement('create') -%}
                    drop {{ 'view' if existing is not none and existing.is_view else 'table' }} if exists {{ this }};
                    {{ create_empty_table(this, compiled_code) }}
                    {%- if new_rows != target_relation %};
                    drop table if exists {{ new_rows }};
                    {{ create_empty_table(new_rows, compiled_code) }}
                    {%- endif %}
                    {%- if is_whole %};
                    {{ replace_state('partition_builds', model.name) }};
                    {{ record_code(plan.code_fingerprint) }}
                    {%- endif %}
                {%- endcall -%}
                {#- Else the contract and all that the columns follow from are as they were when it was last compared. -#}
                {%- if config.get('contract').enforced and is_whole -%}
                    {{ get_assert_columns_equivalent(compiled_code) }}
                {%- endif -%}
            {%- endif -%}
            {%- call statement('main') -%}
                {{ insert_rows(new_rows, compiled_code) if is_new else replace_rows(this, compiled_code) }}
            {%- endcall -%}
            {%- if loop.last and new_rows != target_relation -%}
                {%- call statement('swap') -%}
                    drop table {{ this }};
                    alter table {{ new_rows }} rename to {{ this.identifier }}
                {%- endcall -%}
            {%- endif -%}
            {%- if loop.last and batches | length > 1 and not export_table -%}{%- do run_query(use_batch(none)) -%}{%- endif -%}
            {%- if loop.last or export_table -%}
                {%- call statement('record') -%}
                    {{ record_partitions() }}
                    {%- if not is_whole %};
                    {{ record_code(plan.code_fingerprint) }}
                    {%- endif %}
                {%- endcall -%}
            {%- endif -%}
            {%- if export_table and not loop.last -%}
                {{ run_hooks(post_hooks, inside_transaction=True) }}
                {% do adapter.commit() %}
                {{ say_committed(batch, loop.index, loop.length) }}
            {%- endif -%}
            {%- if loop.last and export_table and batches | length > 1 -%}{%- do run_query(use_batch(none)) -%}{%- endif -%}
        {%- endfor -%}
        {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, is_new)) -%}
        {%- do persist_docs(target_relation, model) -%}
    {%- endif -%}
    {%- if pre_hooks or post_hooks or is_whole or changed.changes -%}
        {{ run_hooks(post_hooks, inside_transaction=True) }}
        {% do adapter.commit() %}
    {%- endif -%}
    {%- if export_table and batches is defined and batches | length > 1 -%}
        {{ say_committed(batches[-1], batches | length, batches | length) }}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- The column of the date of a model's partitions, from its config. -#}
{% macro partition_column() -%}
    {{- return(config.get('partition_by', 'event_date')) -}}
{%- endmacro %}

{#- Whether the model of keys, if there is one, was built for what changes now: from the partitions that this model is
    built from, to its inputs as they are. Runs a query. inputs: list of partition_inputs(). -#}
{% macro keys_are_of_these_changes(inputs) -%}
    {%- if not config.get('keys') -%}{{ return(true) }}{%- endif -%}
    {{ return(run_query(
        "select count(*) > 0 from " ~ state_table('model_builds') ~ " as scope where scope.model = '" ~ config.get('keys')
        ~ "' and scope.scope_from = " ~ built_partitions_fingerprint(model.name)
        ~ " and scope.scope_to = " ~ input_partitions_fingerprint(inputs)
    ).rows[0][0]) }}
{%- endmacro %}

{#- Say that the model is rebuilt whole, because its model of keys was built for other changes. -#}
{% macro say_keys_are_of_other_changes() -%}
    {%- do log(
        model.name ~ ": " ~ config.get('keys') ~ " was not built for these changes, so all is rebuilt; select +"
        ~ model.name ~ " to rebuild what changed", info=True
    ) -%}
{%- endmacro %}

{#-
    Note what the build of the model has in scope, and return its batches (list of numbers). Runs queries.

    inputs, is_whole: see record_scope(). export_table: name of the table of the export that the model reads, or none.
-#}
{% macro begin_scope(inputs, is_whole, export_table) -%}
    {%- set batch_by = config.get('batch_by') if is_whole else none -%}
    {%- set limit = var('batch_bytes') if export_table else var('batch_rows') if batch_by -%}
    {%- set weights -%}
        {%- if batch_by -%}
        select {{ partition_column() }} as event_date, count(*) as weight
        from {{ ref(batch_by) }}
        group by {{ partition_column() }}
        {%- endif -%}
    {%- endset -%}
    {%- call statement('scope') -%}
        {{ record_scope(model.name, inputs, dates_of_reach(config.get('reach', [0, 0])), is_whole, limit, weights) }}
    {%- endcall -%}
    {%- if not limit -%}{{ return([0]) }}{%- endif -%}
    {%- set batches = run_query(
        "select distinct batch from " ~ state_table('partition_scope') ~ " where model = '" ~ model.name ~ "' order by batch"
    ).columns[0].values() -%}
    {{ return(batches or [0]) }}
{%- endmacro %}

{#- Say that a batch is committed, and its dates. batch: number. index, total: its place, from 1, and how many there are. -#}
{% macro say_committed(batch, index, total) -%}
    {%- set dates = run_query(
        "select min(event_date), max(event_date) from " ~ state_table('partition_scope') ~ " where model = '" ~ model.name
        ~ "' and batch = " ~ batch
    ).rows[0] -%}
    {%- do log(
        model.name ~ ": committed batch " ~ index ~ " of " ~ total ~ " (event_date between date '" ~ dates[0]
        ~ "' and date '" ~ dates[1] ~ "')", info=True
    ) -%}
{%- endmacro %}

{#- Whether the SQL of the model that is built reads the model's previous rows. -#}
{% macro reads_itself() -%}
    {{ return(
        ('source.flarelane.previous_run.' ~ model.name) in graph.nodes[model.unique_id].depends_on.nodes
    ) }}
{%- endmacro %}
