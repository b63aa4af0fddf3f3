{#-
    Materialization: a table that is built from all there is when any partition of what it follows changed, or its code.

    Config: see the materialization of the same name for other engines. What is about parts of a table is of no effect.
-#}
{% materialization partitioned, adapter='spark' -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set node = graph.nodes[model.unique_id] -%}
    {%- set inputs = partition_inputs(node) -%}
    {{ run_hooks(pre_hooks) }}
    {%- set plan = plan_build(node, compiled_code, inputs) -%}
    {%- if existing is not none and existing.is_table and plan.is_built and not plan.changes -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}{%- endcall -%}
    {%- else -%}
        {%- do replace_state('model_builds', model.name) -%}
        {%- do record_scope(model.name, inputs, config.get('reach', [0, 0]), true) -%}
        {%- if inputs and inputs[0] in ('crm_events', 'customer_events') -%}{%- do use_files_of(inputs[0]) -%}{%- endif -%}
        {%- if existing is not none and existing.is_view -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- do replace_table(this, rows_by_contract(compiled_code)) -%}
        {%- call noop_statement('main', 'OK') -%}{%- endcall -%}
        {%- do record_code(plan.code_fingerprint) -%}
        {%- do record_partitions() -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#-
    Materialization: a table of what the run's build of another model has to touch: without rows, because on Spark that
    model is built from all there is.

    Config: see the materialization of the same name for other engines.
-#}
{% materialization this_run, adapter='spark' -%}
    {%- set consumer = model_named(config.require('scope_of')) -%}
    {%- set inputs = partition_inputs(consumer) -%}
    {{ run_hooks(pre_hooks) }}
    {%- set code = plan_build(graph.nodes[model.unique_id], compiled_code).code_fingerprint -%}
    {%- if load_cached_relation(this) is not none and is_recorded(code) -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}{%- endcall -%}
    {%- else -%}
        {%- do record_scope(consumer.name, inputs, consumer.config.get('reach', [0, 0]), true) -%}
        {%- do replace_table(this, rows_by_contract(compiled_code) ~ ' where false') -%}
        {%- call noop_statement('main', 'OK') -%}{%- endcall -%}
        {%- do record_code(code, '') -%}
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
        {%- if existing is not none and not existing.is_view -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- call statement('main') -%}
            create or replace view {{ this }} as
            {{ rows_by_contract(compiled_code) }}
        {%- endcall -%}
        {%- do record_code(plan.code_fingerprint) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='view')]}) }}
{%- endmaterialization %}

{#- Materialization: dbt's table, whose query may read the table as it was. -#}
{% materialization table, adapter='spark' -%}
    {{ run_hooks(pre_hooks) }}
    {%- do replace_table(this, compiled_code) -%}
    {%- call noop_statement('main', 'OK') -%}{%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{%- endmaterialization %}
