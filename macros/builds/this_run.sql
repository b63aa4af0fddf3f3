{#-
    Materialization: a table of what the run's build of another model has to touch, made before that model is built.

    It stays after the run, so that one can see what was rebuilt and why. When nothing changed for the other model it is
    left as it is; when that model is going to be built from all there is, it is empty. Needs a contract.

    Config:
    - scope_of: name of the model, a partitioned one, whose changes it is about: partitions_changed_for().
    - follows: name of another this_run model that its SQL reads, for what changed in the rows of a stored model.
-#}
{% materialization this_run, default %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set consumer = model_named(config.require('scope_of')) -%}
    {%- set inputs = partition_inputs(consumer) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set plan = plan_build(graph.nodes[model.unique_id], compiled_code) -%}
    {%- set continues = not should_full_refresh() and consumer.name in graph['builds'] and has_documented_columns(consumer) -%}
    {%- set changed = changes_of(consumer, inputs) if continues else none -%}
    {%- set continues = continues and (not changed.changes or follows_all_changes(consumer)) -%}
    {%- if existing is not none and existing.is_table and continues and not changed.changes and plan.is_built -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}
        {%- endcall -%}
    {%- else -%}
        {%- call statement('scope') -%}
            {{ record_scope(consumer.name, inputs, consumer.config.get('reach', [0, 0]), not continues) }}
        {%- endcall -%}
        {%- call statement('create') -%}
            drop table if exists {{ this }};
            {{ create_empty_table(this, compiled_code) }};
            {{ record_code(plan.code_fingerprint, changed.scope_fingerprint or '' if continues else '') }}
        {%- endcall -%}
        {%- call statement('main') -%}
            {{ insert_rows(this, compiled_code) if continues else 'select 0' }}
        {%- endcall -%}
        {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, true)) -%}
        {%- do persist_docs(target_relation, model) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- Whether a model is stored, and with the columns that its properties document, so that SQL can read it as it was
    before this run. node: of the graph. -#}
{% macro has_documented_columns(node) -%}
    {%- set relation = load_cached_relation(api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias
    )) -%}
    {%- if relation is none or not relation.is_table -%}{{ return(false) }}{%- endif -%}
    {{ return(
        adapter.get_columns_in_relation(relation) | map(attribute='name') | sort | list == node.columns.keys() | sort | list
    ) }}
{%- endmacro %}
