{#-
    Materialization: dbt's view, made again, with its hooks, only when it would differ.

    To make a view is to write the catalogue, which takes longer the larger the warehouse is. What a view was made with
    is recorded as for a table (see plan_build()), because a view is bound to the columns that it found.
-#}
{% materialization stable_view, default %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set plan = plan_build(graph.nodes[model.unique_id], compiled_code) -%}
    {%- if existing is not none and existing.is_view and plan.is_built -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}
        {%- endcall -%}
        {{ return({'relations': [target_relation]}) }}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {%- if existing is not none and not existing.is_view -%}
        {{ adapter.drop_relation(existing) }}
    {%- endif -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        drop view if exists {{ target_relation }};
        {{ get_create_view_as_sql(target_relation, compiled_code) }}
        {{ record_code(plan.code_fingerprint) }}
    {%- endcall -%}
    {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, true)) -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
