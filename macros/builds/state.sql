{#-
    What each model was last built from, in tables of the target's schema, or of that which the variable state_schema names.

    - model_builds: one row per model: code_fingerprint, of the SQL it was built with and of what its parents were built
      with; hash_key_fingerprint, of the key of its recipient hashes, if it makes any; forget_list_fingerprint, of the
      list of people to forget, if it reads that; written_by, the run that wrote the model last, and inputs_written_by, the
      runs that had written what it follows; scope_fingerprint, for a model of a run's scope: of the changes that it was
      made for, with scope_from and scope_to, of all partitions before and behind them; followed_to, for a model whose
      keys follow those of another model: of all partitions of that one.
    - partition_builds: one row per model and partition: built_from, the fingerprint of what the model read of it;
      output_fingerprint, which the models downstream compare with what they were built from.
    - partition_scope: one row per model and partition that its last build rebuilt; see the model partitions_this_run.
    - warehouse_rewrites: one row per rewrite of the warehouse's files; see rewrite_warehouse().
    - passed_tests: one row per data test that passed on the rows as they are, and model that it reads; see
      result_of_passed_test().

    A model's rows are written in the transaction that writes the model, so they are right after a crash too.
-#}

{#- A table of the state: a relation, in the target's schema or in that of the variable state_schema. name: of the table. -#}
{% macro state_table(name) -%}
    {{ return(api.Relation.create(schema=var('state_schema') | string or target.schema, identifier=name)) }}
{%- endmacro %}

{#- The name of the model that is built, or that a unit test is about. -#}
{% macro name_of_model() -%}
    {{- return((model.tested_node_unique_id or model.unique_id).split('.')[2]) -}}
{%- endmacro %}

{#- What a node reads, directly and through views, which hold nothing themselves: a list of ids. node: of the graph. -#}
{% macro read_through_views(node) -%}
    {%- set ids = node.depends_on.nodes | list -%}
    {%- for id in ids if id in graph.nodes and graph.nodes[id].config.materialized == 'stable_view' -%}
        {%- for next in graph.nodes[id].depends_on.nodes if next not in ids -%}{%- do ids.append(next) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(ids) }}
{%- endmacro %}

{#-
    The stored models, and the tables of the export, that a model's partitions follow: the nearest ones upstream in the
    graph, through views. Models of a run's scope and the ledger do not count: they say which rows to read.

    A list of names; a table of the export has its source's name. node: of the graph.
-#}
{% macro partition_inputs(node) -%}
    {%- set names = [] -%}
    {%- for id in read_through_views(node) -%}
        {%- set parent = graph.nodes.get(id, graph.sources.get(id)) -%}
        {%- if parent is none or parent.name in names -%}
        {%- elif parent.resource_type == 'source' -%}
            {%- if parent.source_name == 'flarelane' -%}{%- do names.append(parent.name) -%}{%- endif -%}
        {%- elif parent.config.materialized == 'partitioned' -%}
            {%- do names.append(parent.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names | sort) }}
{%- endmacro %}

{#- Whether a model reads a table of the export. inputs: list of partition_inputs(). -#}
{% macro reads_export(inputs) -%}
    {{ return((inputs or [none])[0] in ('crm_events', 'customer_events')) }}
{%- endmacro %}

{#-
    A query of the partitions that a model can be built from, as they are now: project_id, event_date, fingerprint,
    weight (bytes to read from the export, else 0).

    inputs: list of partition_inputs().
-#}
{% macro input_partitions(inputs) -%}
    {%- if reads_export(inputs) -%}
    select
        project_id,
        partition_date as event_date,
        {{ list_fingerprint(['path', 'size_bytes', 'modified_at']) }} as fingerprint,
        sum(size_bytes) as weight
    from {{ ref('export_files') }}
    where source_table = '{{ inputs[0] }}' and state in ('pending', 'loaded')
    group by project_id, partition_date
    {%- else -%}
    select
        project_id,
        event_date,
        {{ list_fingerprint(['model', 'output_fingerprint']) }} as fingerprint,
        0 as weight
    from {{ state_table('partition_builds') }}
    where model in ('{{ inputs | join("', '") }}')
    group by project_id, event_date
    {%- endif -%}
{%- endmacro %}

{#-
    A query of the partitions whose inputs differ from what the model was built from: columns as input_partitions()
    has them; fingerprint is null where the inputs no longer have the partition.

    model_name: text. inputs: list of partition_inputs().
-#}
{% macro changed_partitions(model_name, inputs) -%}
    select
        coalesce(inputs.project_id, built.project_id) as project_id,
        coalesce(inputs.event_date, built.event_date) as event_date,
        inputs.fingerprint,
        coalesce(inputs.weight, 0) as weight
    from ({{ input_partitions(inputs) }}) as inputs
    full outer join (
        select * from {{ state_table('partition_builds') }} where model = '{{ model_name }}'
    ) as built on inputs.project_id = built.project_id and inputs.event_date = built.event_date
    where inputs.fingerprint is distinct from built.built_from
{%- endmacro %}

{#-
    Read what the models were built from, once for all nodes of the run, which share `graph`. Runs queries.

    - builds: the row of model_builds of each model, as it is now, by name.
    - engine: its version.
    - seed_fingerprints: those of the seeds that were asked for, by id.
    - written_models: the names of the models that this run wrote, whose tests run.
-#}
{% macro read_builds() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set builds = {} -%}
    {%- for row in run_query(
        "select model, code_fingerprint, written_by, inputs_written_by from " ~ state_table('model_builds')
    ).rows -%}
        {%- do builds.update({row['model']: row.dict()}) -%}
    {%- endfor -%}
    {%- do graph.pop('passed_tests', none) -%}
    {%- do graph.update({
        'builds': builds,
        'engine': run_query("select version()").rows[0][0],
        'seed_fingerprints': {},
        'written_models': [],
    }) -%}
    {{ return('') }}
{%- endmacro %}

{#- Which runs wrote a model's inputs last: text, or none where that is not known. inputs: list of partition_inputs(). -#}
{% macro inputs_written_by(inputs) -%}
    {%- set runs = [] -%}
    {%- for name in inputs -%}
        {%- set run = graph['builds'].get(name, {}).get('written_by') -%}
        {%- if run is none -%}{{ return(none) }}{%- endif -%}
        {%- do runs.append(run) -%}
    {%- endfor -%}
    {{ return(runs | join(',')) }}
{%- endmacro %}

{#-
    What changed for a model since it was built: a dict of changes (how many partitions), present (how many of them are
    not gone), scope_fingerprint (of these changes, none for no change). Runs a query, unless no run has written the
    model's inputs since.

    node: of the graph. inputs: list of partition_inputs().
-#}
{% macro changes_of(node, inputs) -%}
    {%- set written_by = inputs_written_by(inputs) -%}
    {%- if written_by is not none and graph['builds'].get(node.name, {}).get('inputs_written_by') == written_by -%}
        {{ return({'changes': 0, 'present': 0, 'scope_fingerprint': none}) }}
    {%- endif -%}
    {{ return(run_query(
        "select count(*) as changes, count(fingerprint) as present, "
        ~ list_fingerprint(['project_id', 'event_date', 'fingerprint']) ~ " as scope_fingerprint from ("
        ~ changed_partitions(node.name, inputs) ~ ") as changed"
    ).rows[0].dict()) }}
{%- endmacro %}

{#-
    With which code a build makes a model: a dict of code_fingerprint (of the model as it is now), built_with (its
    fingerprint as it was built, none if it was not), is_built (with the code as it is now, and no full refresh was asked).

    The fingerprint is that of the compiled SQL, and so of all macros and variables in it, of the contract, of the
    engine, of the seeds that the model reads, of the key of recipient hashes and the forget list where the SQL has them,
    and of what the parents were built with, not of their present code: a run may leave parents out. Behind a view, which a
    run may leave out too, are seeds and parents as well. Runs a query for the key and the list, and the first time for a
    seed, which the run has loaded by then.
    node: of the graph, the one that is built. compiled_sql: text.
-#}
{% macro plan_build(node, compiled_sql) -%}
    {%- set parents = [] -%}
    {%- set seeds = [] -%}
    {%- for id in read_through_views(node) if id in graph.nodes -%}
        {%- set parent = graph.nodes[id] -%}
        {%- if parent.resource_type == 'seed' -%}
            {%- if id not in graph['seed_fingerprints'] -%}
                {%- set relation = api.Relation.create(schema=parent.schema, identifier=parent.alias) -%}
                {%- set fingerprint = run_query("select " ~ relation_fingerprint(relation)).rows[0][0] -%}
                {%- do graph['seed_fingerprints'].update({id: fingerprint}) -%}
            {%- endif -%}
            {%- do seeds.append(graph['seed_fingerprints'][id]) -%}
        {%- else -%}{%- do parents.append(parent.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set built_parents = [] -%}
    {%- for name in parents | unique | sort(case_sensitive=true) if name in graph['builds'] -%}
        {%- do built_parents.append(graph['builds'][name].code_fingerprint) -%}
    {%- endfor -%}
    {%- set made_with = [local_md5(compiled_sql), node.contract.checksum, graph['engine'], built_parents | join(',')] + seeds -%}
    {%- set looked_up = [] -%}
    {%- if 'recipient_hash_key' in compiled_sql -%}{%- do looked_up.append(recipient_hash_key_fingerprint()) -%}{%- endif -%}
    {%- if 'forget_list' in compiled_sql -%}{%- do looked_up.append(forget_list_fingerprint()) -%}{%- endif -%}
    {%- if looked_up -%}
        {%- do made_with.extend(run_query("select " ~ looked_up | join(', ')).rows[0].values()) -%}
    {%- endif -%}
    {%- set code_fingerprint = local_md5(made_with | join('|')) -%}
    {%- set built_with = graph['builds'].get(node.name, {}).get('code_fingerprint') -%}
    {{ return({
        'code_fingerprint': code_fingerprint,
        'built_with': built_with,
        'is_built': built_with == code_fingerprint and not should_full_refresh(),
    }) }}
{%- endmacro %}

{#-
    Statements that record the code that a model is built with from now on, and the run that writes it.

    code_fingerprint: of plan_build(). scope_fingerprint: of changes_of(), for a model of a run's scope.
-#}
{% macro record_code(code_fingerprint, scope_fingerprint=none) -%}
    {%- set written_by = inputs_written_by(partition_inputs(graph.nodes[model.unique_id])) -%}
    {%- set record -%}
    select
        '{{ model.name }}' as model,
        '{{ code_fingerprint }}' as code_fingerprint,
        {{ recipient_hash_key_fingerprint() if 'recipient_hash_key' in model.compiled_code else 'null' }}
            as hash_key_fingerprint,
        {{ "'" ~ scope_fingerprint ~ "'" if scope_fingerprint is not none else 'null' }} as scope_fingerprint,
        {{ forget_list_fingerprint() if 'forget_list' in model.compiled_code else 'null' }} as forget_list_fingerprint,
        {%- set scope_of = model_named(config.get('scope_of')) if config.get('scope_of') else none %}
        {%- set followed = followed_model(config.get('keys')) %}
        {{ built_partitions_fingerprint(scope_of.name) if scope_of and scope_fingerprint else 'null' }} as scope_from,
        {{ input_partitions_fingerprint(partition_inputs(scope_of)) if scope_of else 'null' }} as scope_to,
        {{ built_partitions_fingerprint(followed.name) if followed else 'null' }} as followed_to,
        '{{ invocation_id }}' as written_by,
        {{ "'" ~ written_by ~ "'" if written_by is not none else 'null' }} as inputs_written_by
    {%- endset -%}
    {{ replace_state('model_builds', model.name, record, has_rows=true) }}
    {%- do graph['written_models'].append(model.name) -%}
    {%- do graph['builds'].update({model.name: {
        'code_fingerprint': code_fingerprint,
        'written_by': invocation_id,
        'inputs_written_by': written_by,
    }}) -%}
{%- endmacro %}

{#- The fingerprint of all partitions that a model was built from, as a subquery of one value. model_name: text. -#}
{% macro built_partitions_fingerprint(model_name) -%}
    (
        select {{ list_fingerprint(['project_id', 'event_date', 'built_from']) }}
        from {{ state_table('partition_builds') }}
        where model = '{{ model_name }}'
    )
{%- endmacro %}

{#- What built_partitions_fingerprint() is once a model is built from its inputs as they are now. inputs: list of
    partition_inputs(). -#}
{% macro input_partitions_fingerprint(inputs) -%}
    (
        select {{ list_fingerprint(['project_id', 'event_date', 'fingerprint']) }}
        from ({{ input_partitions(inputs) }}) as inputs
    )
{%- endmacro %}

{#- The model whose changed rows the scope of a run follows, or none: its config `follows` names that model's own scope.
    scope_model: name of a this_run model, or none. -#}
{% macro followed_model(scope_model) -%}
    {%- set follows = model_named(scope_model).config.get('follows') if scope_model else none -%}
    {{ return(model_named(model_named(follows).config.scope_of) if follows else none) }}
{%- endmacro %}

{#-
    Whether the scope that this model of a run's scope follows tells all that changed since its consumer was built, so that
    its rows are the ones to look at. A run that left out the consumer, or built the followed model whole, breaks that.
    consumer: node of the graph.
-#}
{% macro follows_all_changes(consumer) -%}
    {%- if not config.get('follows') -%}{{ return(true) }}{%- endif -%}
    {{ return(run_query(
        "select count(*) > 0 from " ~ state_table('model_builds') ~ " as followed cross join " ~ state_table('model_builds')
        ~ " as built where followed.model = '" ~ config.get('follows') ~ "' and built.model = '" ~ consumer.name
        ~ "' and built.followed_to in (followed.scope_from, followed.scope_to) and followed.scope_to = "
        ~ built_partitions_fingerprint(followed_model(model.name).name)
    ).rows[0][0]) }}
{%- endmacro %}

{#-
    Statements that record which partitions a build of a model rebuilds: those that changed, and as many days around
    them as a change reaches. They replace what its last build recorded.

    model_name: text. inputs: list of partition_inputs(). reach: list of days before and after, none for all days after.
    is_whole: whether the model is built from all there is, and not from what changed alone. limit: rows or bytes of a
    batch, none for one batch; a date is never divided. weights: query of event_date and weight, in place of the bytes of
    the inputs. has_rows: whether it is known that some partition is in scope.
-#}
{% macro record_scope(model_name, inputs, reach, is_whole, limit=none, weights='', has_rows=false) -%}
    {%- set scope -%}
    with changed as (
        {{ input_partitions(inputs) if is_whole else changed_partitions(model_name, inputs) }}
    ),

    scope as (
        {%- if reach == [0, 0] %}
        select project_id, event_date, fingerprint, true as is_changed from changed
        {%- else %}
        select
            reached.project_id,
            reached.event_date,
            changed.fingerprint,
            changed.event_date is not null as is_changed
        from (
            {{ dates_around('changed', reach[0], reach[1] or 0) }}
            {%- if reach[1] is none %}
            union
            select
                known.project_id,
                known.event_date
            from (
                select project_id, event_date from ({{ input_partitions(inputs) }}) as inputs
                union
                select project_id, event_date from {{ state_table('partition_builds') }} where model = '{{ model_name }}'
            ) as known
            inner join (
                select project_id, min(event_date) as first_date from changed group by project_id
            ) as first_changed
                on known.project_id = first_changed.project_id and known.event_date > first_changed.first_date
            {%- endif %}
        ) as reached
        left join changed on reached.project_id = changed.project_id and reached.event_date = changed.event_date
        {%- endif %}
    )
    {%- if limit %},

    weights as (
        {{ weights | trim or 'select event_date, sum(weight) as weight from changed group by event_date' }}
    ),

    batches as (
        select
            scope.event_date,
            cast(floor(
                (sum(coalesce(max(weights.weight), 0)) over (order by scope.event_date rows unbounded preceding)
                - coalesce(max(weights.weight), 0)) / {{ limit }}
            ) as bigint) as batch
        from scope
        left join weights on scope.event_date = weights.event_date
        group by scope.event_date
    )
    {%- endif %}

    select
        '{{ model_name }}' as model,
        scope.project_id,
        scope.event_date,
        scope.fingerprint,
        scope.is_changed,
        {{ is_whole }} as is_whole,
        {{ 'batches.batch' if limit else '0' }} as batch,
        true as is_current
    from scope
    {%- if limit %}
    inner join batches on scope.event_date = batches.event_date
    {%- endif %}
    {%- endset -%}
    {{ replace_state('partition_scope', model_name, scope, has_rows) }}
{%- endmacro %}
