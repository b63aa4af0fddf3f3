{#-
    Materialization: dbt's view, made anew, with its hooks, only when it would differ.

    To make a view is to write the catalogue, which takes longer the larger the warehouse is. What a view was made of
    stands in build_state as it does for a table: its SQL, its contract, and the code and settings upstream, because a
    view is bound to the columns that it found.
-#}
{% materialization view, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set made_of = local_md5([compiled_code, model.contract.checksum, settings_fingerprint()] | join('\n')) -%}
    {%- if existing is not none and existing.is_view and not should_full_refresh() and built_settings() == made_of -%}
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
        {{ forget_build(made_of) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
