{#-
    Materialization: a table that a build brings up to date by the partitions of the export that changed.

    As the materialization of this name for other engines, but that a table which is not `whole` is divided by its dates,
    whose files are replaced, and that there are no batches. Spark commits a table and its record one after the other: see
    record_start().

    Config: see there.
-#}
{% materialization partitioned, adapter='spark' -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set node = graph.nodes[model.unique_id] -%}
    {%- set inputs = partition_inputs(node) -%}
    {{ run_hooks(pre_hooks) }}
    {%- set plan = plan_build(node, compiled_code) -%}
    {%- set is_whole = not (existing is not none and existing.is_table and plan.is_built) -%}
    {%- set changed = changes_of(node, inputs) -%}
    {%- if not is_whole and changed.changes and not keys_are_of_these_changes(inputs) -%}
        {%- do say_keys_are_of_other_changes() -%}
        {%- set is_whole = true -%}
    {%- endif -%}
    {%- set partition = none if config.get('whole', false) else partition_column() -%}
    {%- if not is_whole and changed.changes and layout_of(this).partition != partition -%}
        {%- set is_whole = true -%}
    {%- endif -%}
    {%- if not is_whole and not changed.changes -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}{%- endcall -%}
    {%- else -%}
        {%- set is_new = is_whole or config.get('whole', false) -%}
        {%- do record_scope(
            model.name, inputs, dates_of_reach(config.get('reach', [0, 0])), is_whole,
            has_rows=changed.present > 0
        ) -%}
        {%- if plan.built_with is not none -%}{%- do record_start(is_whole) -%}{%- endif -%}
        {%- if reads_export(inputs) -%}{%- do use_files_of(inputs[0]) -%}{%- endif -%}
        {%- if existing is not none and existing.is_view -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- elif existing is not none and is_whole and reads_itself() -%}
            {#- Where all is built anew there are no previous rows. -#}
            {%- do empty_table(this) -%}
        {%- endif -%}
        {%- set rows = rows_by_contract(compiled_code) -%}
        {%- if is_new -%}{%- do replace_table(this, rows, reads_itself(), partition, columns_of_contract()) -%}
        {%- else -%}{%- do replace_partitions(this, rows, partition) -%}
        {%- endif -%}
        {%- call noop_statement('main', 'OK') -%}{%- endcall -%}
        {%- do record_partitions(is_whole, has_rows=changed.present > 0) -%}
        {%- do record_code(plan.code_fingerprint) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#-
    Materialization: a table of what the run's build of another model has to touch.

    Config: see the materialization of the same name for other engines.
-#}
{% materialization this_run, adapter='spark' -%}
    {%- set consumer = model_named(config.require('scope_of')) -%}
    {%- set inputs = partition_inputs(consumer) -%}
    {{ run_hooks(pre_hooks) }}
    {%- set plan = plan_build(graph.nodes[model.unique_id], compiled_code) -%}
    {%- set continues = not should_full_refresh() and consumer.name in graph['builds'] and has_documented_columns(consumer) -%}
    {%- set changed = changes_of(consumer, inputs) -%}
    {%- set continues = continues and (not changed.changes or follows_all_changes(consumer)) -%}
    {%- if load_cached_relation(this) is not none and continues and not changed.changes and plan.is_built -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}{%- endcall -%}
    {%- else -%}
        {%- if plan.built_with is not none -%}{%- do replace_state('model_builds', model.name) -%}{%- endif -%}
        {%- do record_scope(
            consumer.name, inputs, consumer.config.get('reach', [0, 0]), not continues,
            has_rows=changed.present > 0
        ) -%}
        {%- do replace_table(
            this, rows_by_contract(compiled_code) ~ ('' if continues else ' where false'), columns=columns_of_contract()
        ) -%}
        {%- call noop_statement('main', 'OK') -%}{%- endcall -%}
        {%- do record_code(plan.code_fingerprint, changed.scope_fingerprint or '' if continues else '') -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{%- endmaterialization %}

{#- Materialization: dbt's view, made again only when it would differ. -#}
{% materialization stable_view, adapter='spark' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set plan = plan_build(graph.nodes[model.unique_id], compiled_code) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none and existing.is_view and plan.is_built -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}{%- endcall -%}
    {%- else -%}
        {%- if existing is not none and not existing.is_view -%}{%- do drop_table_with_files(existing) -%}{%- endif -%}
        {%- call statement('main') -%}
            create or replace view {{ this }} as
            {{ rows_by_contract(compiled_code) }}
        {%- endcall -%}
        {%- do record_code(plan.code_fingerprint) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='view')]}) }}
{%- endmaterialization %}

{#- Materialization: dbt's table, whose query may read the table as it was. Config, optional: divided_by, the column that
    divides it into folders, for which other engines have no use. -#}
{% materialization table, adapter='spark' -%}
    {{ run_hooks(pre_hooks) }}
    {%- do replace_table(this, compiled_code, true, config.get('divided_by')) -%}
    {%- call noop_statement('main', 'OK') -%}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{%- endmaterialization %}
