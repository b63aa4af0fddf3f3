{#-
    A copy of the warehouse for readers, which always shows the last state without a model out of date, also while a build
    runs.

    With FLARELANE_PUBLISHED_WAREHOUSE set to a path, each build or run that leaves no model out of date copies the
    warehouse there: the table unfinished_models names the models that a run set out to build, and those downstream of
    them, until each is built. So a run that failed, was killed, or built only a part of what hangs together publishes
    nothing, and the one that builds the rest does.

    Failed data tests do not hold it back: they report on the data as the export has it, which the warehouse is to
    mirror, and a dashboard that stands still for days shows readers something worse. A test that makes dbt skip models
    does, because those models are out of date.

    The variable published_models leaves out of the copy what is not for readers; see models_for_readers().
-#}

{#- The table of the models that are started and not yet built: a relation. Publishing waits for them. -#}
{% macro unfinished_models() -%}
    {%- set table = state_table('unfinished_models') -%}
    {{ return(table.incorporate(path={'database': target.database}) if warehouse_is_a_file() else table) }}
{%- endmacro %}

{#- Statements that note the models that this run is going to build, and all downstream of them, as unfinished. -#}
{% macro note_unfinished_models() -%}
    {%- if not execute or not keeps_deleted_rows() or flags.WHICH not in ('build', 'run') -%}{{ return('') }}{%- endif -%}
    {%- set names = names_of_models(with_downstream(selected_resources)) -%}
    {%- if names -%}
    insert into {{ unfinished_models() }}
    select started.model
    from (values ({{ names | join('), (') }})) as started (model)
    where started.model not in (select known.model from {{ unfinished_models() }} as known)
    {%- endif -%}
{%- endmacro %}

{#- Note what was built: a statement. results: those of on-run-end. -#}
{% macro note_built_models(results) -%}
    {%- if not execute or not keeps_deleted_rows() or flags.WHICH not in ('build', 'run') -%}{{ return('') }}{%- endif -%}
    {%- set names = names_of_models(
        results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list
    ) -%}
    {%- if names -%}
    delete from {{ unfinished_models() }} where model in ({{ names | join(', ') }})
    {%- endif -%}
{%- endmacro %}

{#- The names of the models that are not built up to date (list). One that the project no longer has stays unfinished
    and is not counted. Runs a query. -#}
{% macro models_out_of_date() -%}
    {{ return(run_query(
        "select model from " ~ unfinished_models() ~ " where model in (" ~ names_of_models(graph.nodes) | join(', ')
        ~ ") order by model"
    ).columns[0].values() | list) }}
{%- endmacro %}

{#- Statements that publish, when no model is out of date. -#}
{% macro publish_warehouse() -%}
    {%- if not execute or not warehouse_is_a_file() or flags.WHICH not in ('build', 'run') -%}{{ return('') }}{%- endif -%}
    {%- set path = env_var('FLARELANE_PUBLISHED_WAREHOUSE', '') -%}
    {%- if not path -%}{{ return('') }}{%- endif -%}
    {%- set unfinished = models_out_of_date() -%}
    {%- if unfinished -%}
        {%- do log(
            "Not published: " ~ unfinished | length ~ " models are not built up to date (" ~ unfinished[0]
            ~ (", …" if unfinished | length > 1 else "") ~ "). The copy at " ~ path ~ ", if there is one, stays as it was.", info=True
        ) -%}
        {{ return('') }}
    {%- endif -%}
    {%- set nodes = models_for_readers() -%}
    {%- do log(
        "Publishing " ~ ("the warehouse" if nodes is none else nodes | length ~ " models") ~ " as " ~ path, info=True
    ) -%}
    {{ copy_warehouse(path) if nodes is none else copy_models(nodes, path) }}
{%- endmacro %}

{#- The models that the variable published_models names: nodes of the graph (list), or none for the whole warehouse. -#}
{% macro models_for_readers() -%}
    {%- set words = var('published_models') -%}
    {%- if not words -%}{{ return(none) }}{%- endif -%}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.config.materialized != 'ephemeral'
        and words_of_model(node) | select('in', words) | list -%}
        {%- do nodes.append(node) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}

{#- The words by which published_models can name a model: its access, its group, its project and the folders that it lies
    in (list). node: of the graph. -#}
{% macro words_of_model(node) -%}
    {{ return([node.access, node.group] + node.fqn[:-1]) }}
{%- endmacro %}

{#- The ids of the nodes and of the models downstream of them. ids: list. -#}
{% macro with_downstream(ids) -%}
    {%- set found = ids | list -%}
    {%- for _ in graph.nodes -%}
        {%- set before = found | length -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and node.unique_id not in found
            and node.depends_on.nodes | select('in', found) | list -%}
            {%- do found.append(node.unique_id) -%}
        {%- endfor -%}
        {%- if found | length == before -%}{{ return(found) }}{%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The names, as SQL texts, of those of the nodes that are models. ids: list of unique ids of nodes. -#}
{% macro names_of_models(ids) -%}
    {%- set names = [] -%}
    {%- for id in ids if id.startswith('model.') -%}
        {%- do names.append("'" ~ id.split('.')[2] ~ "'") -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
