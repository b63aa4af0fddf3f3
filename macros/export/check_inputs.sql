{#-
    Stop before anything runs when a selected model reads a model or seed that this run does not build and the warehouse
    does not have, and say what to add. Without it DuckDB's error names one table after the other, model by model.

    Asks dbt's list of what the warehouse has, which dbt has read by then.
-#}
{% macro check_inputs() %}
    {%- if not execute or flags.WHICH not in ('build', 'run') or invocation_args_dict.get('defer') -%}
        {{ return('') }}
    {%- endif -%}
    {%- set lacking = {} -%}
    {%- set missing = {'model': [], 'seed': []} -%}
    {%- for id in selected_resources if id.startswith('model.') -%}
        {%- for input in inputs_of(graph.nodes[id]) if input.unique_id not in selected_resources -%}
            {%- if adapter.get_relation(input.database, input.schema, input.alias) is none -%}
                {%- do lacking.update({graph.nodes[id].name: true}) -%}
                {%- if input.name not in missing[input.resource_type] -%}
                    {%- do missing[input.resource_type].append(input.name) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set lacking = lacking | list -%}
    {%- if missing.model -%}
        {%- set selection = '+' ~ lacking | join(' +') -%}
        {{ exceptions.raise_compiler_error(
            "Neither in the warehouse nor built by this run: " ~ listed('model', missing.model)
            ~ (" and " ~ listed('seed', missing.seed) if missing.seed else "") ~ ", read by " ~ listed('model', lacking)
            ~ ". Build " ~ ("what they read too, `dbt build --select " ~ selection ~ "`, or " if lacking | length <= 3 else "")
            ~ "everything, `dbt build`."
        ) }}
    {%- elif missing.seed -%}
        {{ exceptions.raise_compiler_error(
            "Not in the warehouse: " ~ listed('seed', missing.seed) ~ ", read by " ~ listed('model', lacking)
            ~ ". Run `dbt seed` first, or `dbt build`, which loads the seeds before it builds the models."
        ) }}
    {%- endif -%}
{% endmacro %}

{#- The models and seeds whose relations a model reads, those behind ephemeral models among them. node: of the graph. -#}
{% macro inputs_of(node) %}
    {%- set found = [] -%}
    {%- set readers = [node] -%}
    {%- for reader in readers -%}
        {%- for id in reader.depends_on.nodes if id.startswith(('model.', 'seed.')) and id in graph.nodes -%}
            {%- set input = graph.nodes[id] -%}
            {%- do (readers if input.config.materialized == 'ephemeral' else found).append(input) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{#- Names in words, no more than three of them: 'model a', 'models a, b, c and 4 more'. kind: noun. names: list. -#}
{% macro listed(kind, names) %}
    {%- set words = kind ~ ("s " if names | length > 1 else " ") ~ names[:3] | join(", ") -%}
    {{ return(words ~ (" and " ~ (names | length - 3) ~ " more" if names | length > 3 else "")) }}
{% endmacro %}
