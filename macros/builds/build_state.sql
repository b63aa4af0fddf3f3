{#-
    What each model was last built from, so that a build does only what the export's changes ask for.

    The table build_state has one row per model and part. A part is a partition of the export, '<project>/<date>', or
    '*' for the settings. built_from is the fingerprint of what the model read of that part; offers is the
    fingerprint of what it holds of it for those downstream, the same unless the model adds to it. A model's rows are
    written in the transaction that writes the model, so they tell the truth after a crash.
-#}
{% macro build_state() -%}
    {{ api.Relation.create(database=target.database, schema=target.schema, identifier='build_state') }}
{%- endmacro %}

{#- A statement that makes the table build_state, unless it is there. -#}
{% macro create_build_state() -%}
    create table if not exists {{ build_state() }} (
        model varchar, part varchar, project_id varchar, event_date date, built_from varchar, offers varchar
    )
{%- endmacro %}

{#- A query of what there is upstream of a model: part, project_id, event_date, fingerprint, bytes to
    read. upstream: see partitioned. -#}
{% macro upstream_parts(upstream) -%}
    {%- if upstream in ('crm_events', 'customer_events') -%}
    select
        project_id || '/' || partition_date as part,
        project_id,
        partition_date as event_date,
        {{ list_fingerprint(['path', 'size_bytes', 'modified_at'], 'path') }} as fingerprint,
        sum(size_bytes) as bytes
    from {{ ref('export_files') }}
    where source_table = '{{ upstream }}' and state in ('pending', 'loaded')
    group by project_id, partition_date
    {%- elif upstream is string -%}
    select part, project_id, event_date, offers as fingerprint, 0 as bytes
    from {{ build_state() }}
    where model = '{{ upstream }}' and part <> '*'
    {%- else -%}
    select part, project_id, event_date, {{ list_fingerprint(['model', 'offers'], 'model') }} as fingerprint, 0 as bytes
    from {{ build_state() }}
    where model in ('{{ upstream | join("', '") }}') and part <> '*'
    group by part, project_id, event_date
    {%- endif -%}
{%- endmacro %}

{#- A query of the parts that differ between upstream and a model, as upstream_parts() has them; fingerprint is null where
    the part is gone. model_name: of the model as it stands in build_state. upstream: see partitioned. -#}
{% macro changed_parts_query(model_name, upstream) -%}
    select
        coalesce(upstream.part, built.part) as part,
        coalesce(upstream.project_id, built.project_id) as project_id,
        coalesce(upstream.event_date, built.event_date) as event_date,
        upstream.fingerprint,
        coalesce(upstream.bytes, 0) as bytes
    from ({{ upstream_parts(upstream) }}) as upstream
    full outer join (
        select * from {{ build_state() }} where model = '{{ model_name }}' and part <> '*'
    ) as built on upstream.part = built.part
    where upstream.fingerprint is distinct from built.built_from
{%- endmacro %}

{#- The temporary table of a model's changed parts, while it is built: part, project_id, event_date. -#}
{% macro changed_parts() -%}
    changed_parts_of_{{ model.name }}
{%- endmacro %}

{#-
    Whether the model is built in part: it is there, it was built with these settings, and no full refresh was asked.

    To be used in the model's SQL; false while dbt parses, compiles or runs a unit test.
-#}
{% macro is_partial_build() -%}
    {%- if not execute or flags.WHICH not in ('build', 'run', 'retry') or model.resource_type != 'model' -%}
        {{ return(false) }}
    {%- endif -%}
    {#- Asked many times while a model is rendered; kept with it, because each answer reads all code upstream. -#}
    {%- if 'is_partial_build' not in model -%}
        {%- do model.update({'is_partial_build': was_built_with_these_settings()}) -%}
    {%- endif -%}
    {{ return(model.is_partial_build) }}
{%- endmacro %}

{#- Whether the model is there, built with these settings, and no full refresh was asked. -#}
{% macro was_built_with_these_settings() -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ return(
        existing is not none and existing.is_table and not should_full_refresh()
        and built_settings() == settings_fingerprint()
    ) }}
{%- endmacro %}

{#- The settings that the model was built with before this run, as it noted them, or none. -#}
{% macro built_settings() -%}
    {%- set memory = memory_of_run() -%}
    {%- if 'built_settings' not in memory -%}
        {%- set settings = {} -%}
        {%- for row in run_query("select model, built_from from " ~ build_state() ~ " where part = '*'").rows -%}
            {%- do settings.update({row[0]: row[1]}) -%}
        {%- endfor -%}
        {%- do memory.update({'built_settings': settings}) -%}
    {%- endif -%}
    {{ return(memory.built_settings.get(model.name)) }}
{%- endmacro %}

{#- A dict that lasts as long as the run, for what all models ask and a query answers. dbt has no such place; the graph
    is the one thing that the contexts of all models share. -#}
{% macro memory_of_run() -%}
    {%- if graph.get('flarelane', {}).get('invocation_id') != invocation_id -%}
        {%- do graph.update({'flarelane': {'invocation_id': invocation_id}}) -%}
    {%- endif -%}
    {{ return(graph.flarelane) }}
{%- endmacro %}

{#-
    The model and all models that it reads, views among them, as the graph has them. Without export_files: which files
    there are shows in the fingerprints of the parts.
-#}
{% macro model_and_upstream() -%}
    {%- set nodes = [graph.nodes[model.unique_id]] -%}
    {%- for node in nodes -%}
        {%- for id in node.depends_on.nodes if id.startswith('model.') and not id.endswith('.export_files') -%}
            {%- if graph.nodes[id] not in nodes -%}{%- do nodes.append(graph.nodes[id]) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}

{#- A fingerprint of the SQL of models and of the project's macros that they use, those that these use among them.
    nodes: list of the graph's nodes. -#}
{% macro code_fingerprint(nodes) -%}
    {%- set texts = nodes | map(attribute='raw_code') | list -%}
    {#- As parsed: while it is compiled, the model's own list grows. -#}
    {%- set names = nodes | map(attribute='depends_on.macros') | sum(start=[]) | unique | sort -%}
    {%- for name in names if name.startswith('macro.' ~ project_name ~ '.') -%}
        {%- set macro_node = context[name.split('.')[-1]].macro -%}
        {%- do texts.append(macro_node.macro_sql) -%}
        {%- for used in macro_node.depends_on.macros if used not in names -%}
            {%- do names.append(used) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(local_md5(texts | join('\n'))) }}
{%- endmacro %}

{#-
    What a model's rows depend on beside the export, as one text: the engine, the code, and the variables that it or
    a model upstream names in its config `depends_on_settings`. Parts are compared by the files behind them alone, so
    a model must see for itself that those upstream are built anew from the same files.
-#}
{% macro settings_fingerprint() -%}
    {%- set nodes = model_and_upstream() -%}
    {%- set values = ['engine ' ~ engine_version(), 'code ' ~ code_fingerprint(nodes)] -%}
    {%- set names = nodes | map(attribute='config.depends_on_settings', default=[]) | sum(start=[]) | unique | sort -%}
    {%- for id in nodes | map(attribute='depends_on.nodes') | sum(start=[]) | unique | sort if id.startswith('seed.') -%}
        {%- do values.append(id ~ ' ' ~ seed_fingerprint(id)) -%}
    {%- endfor -%}
    {%- for name in names -%}
        {%- if name == 'recipient_hash_key' -%}
            {%- do values.append(name ~ ' ' ~ recipient_hash_key_fingerprint()) -%}
        {%- else -%}
            {%- do values.append(name ~ ' ' ~ var(name)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(values | join(', ')) }}
{%- endmacro %}

{#- A fingerprint of the rows of a seed, as they are loaded. id: the seed's unique id. -#}
{% macro seed_fingerprint(id) -%}
    {%- set memory = memory_of_run() -%}
    {%- if id not in memory -%}
        {%- set seed = graph.nodes[id] -%}
        {%- set relation = api.Relation.create(schema=seed.schema, identifier=seed.alias) -%}
        {%- do memory.update({id: run_query(table_fingerprint(relation)).rows[0][0]}) -%}
    {%- endif -%}
    {{ return(memory[id]) }}
{%- endmacro %}

{#- A statement that forgets what the model was built from, but for the settings, which it notes anew.
    settings: fingerprint of what it depends on beside the export. -#}
{% macro forget_build(settings) -%}
    delete from {{ build_state() }} where model = '{{ model.name }}';
    insert into {{ build_state() }} (model, part, built_from)
    values ('{{ model.name }}', '*', '{{ settings | replace("'", "''") }}')
{%- endmacro %}

{#-
    Statements that record what the changed parts of a portion were built from.

    A model's config `offers` names a macro that returns a query of part and addition: what it adds to the fingerprint
    that those downstream see. upstream: see partitioned. batch: condition on changed_parts().
-#}
{% macro record_build(upstream, batch) -%}
    delete from {{ build_state() }}
    where
        model = '{{ model.name }}'
        and part in (select part from {{ changed_parts() }} where {{ batch }});
    insert into {{ build_state() }}
    select '{{ model.name }}', part, project_id, event_date, fingerprint, fingerprint
    from {{ changed_parts() }}
    where fingerprint is not null and {{ batch }}
    {%- if config.get('offers') %};
    update {{ build_state() }} as state
    set offers = md5(concat_ws('|', state.built_from, additions.addition))
    from (
        select parts.part, additions.addition
        from {{ build_state() }} as parts
        left join ({{ context[config.get('offers')]() }}) as additions on parts.part = additions.part
        where parts.model = '{{ model.name }}'
    ) as additions
    where state.model = '{{ model.name }}' and state.part = additions.part and state.part <> '*'
    {%- endif %}
{%- endmacro %}

{#-
    A join that keeps a relation's rows to the changed partitions, for a model that is mended in part; else nothing.

    relation: name of the CTE or alias joined to; date_column: its column of the partition's date.
-#}
{% macro join_changed_parts(relation, date_column='event_date') -%}
    {%- if is_partial_build() -%}
    semi join {{ changed_parts() }} as changed_parts
        on
            {{ relation }}.project_id = changed_parts.project_id
            and {{ relation }}.{{ date_column }} = changed_parts.event_date
    {%- endif -%}
{%- endmacro %}

{#-
    A query of the partitions within some days of a changed one: project_id, event_date.

    before, after: days.
-#}
{% macro dates_around_changes(before, after) -%}
    select distinct
        project_id,
        cast(unnest(generate_series(
            event_date - interval '{{ before }} days', event_date + interval '{{ after }} days', interval '1 day'
        )) as date) as event_date
    from {{ changed_parts() }}
{%- endmacro %}
