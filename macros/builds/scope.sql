{#-
    A query of the partitions that the build of this model rebuilds: project_id, event_date, and is_whole, true where
    the model is built from all there is and not from what changed alone.

    Rows of the model partitions_this_run, so that after the run, too, the model's SQL gives the rows it gave.
-#}
{% macro partitions_in_scope() -%}
    select
        project_id,
        event_date,
        is_whole
    from {{ ref('partitions_this_run') }}
    where model = '{{ name_of_model() }}' and is_current
{%- endmacro %}

{#- A query of the partitions whose changes the build of another model takes up: columns as partitions_in_scope() has
    them. model_name: text. -#}
{% macro partitions_changed_for(model_name) -%}
    select
        project_id,
        event_date,
        is_whole
    from {{ ref('partitions_this_run') }}
    where model = '{{ model_name }}' and is_changed
{%- endmacro %}

{#-
    A query of the partitions within some days of those of a relation: project_id, event_date.

    Stretches of dates whose surroundings touch are one span, so that no date comes twice: each date's own surroundings
    would be as many rows as days for each. partitions: name of the relation; before, after: days.
-#}
{% macro dates_around(partitions, before, after) -%}
    select
        project_id,
        {{ dates_between('first_date - ' ~ before, 'last_date + ' ~ after) }} as event_date
    from (
        select project_id, min(event_date) as first_date, max(event_date) as last_date
        from (
            select
                project_id,
                event_date,
                sum(case when is_apart then 1 else 0 end) over (
                    partition by project_id order by event_date rows unbounded preceding
                ) as stretch
            from (
                select
                    project_id,
                    event_date,
                    event_date > lag(event_date) over (partition by project_id order by event_date)
                    + {{ before + after }} as is_apart
                from {{ partitions }}
            ) as dates
        ) as stretches
        group by project_id, stretch
    ) as spans
{%- endmacro %}

{#-
    How far a change reaches: a list of days before and after it. Runs a query where a model says it.

    reach: the config of this name: the list, or the name of a model whose column reach_dates has the number for both.
-#}
{% macro dates_of_reach(reach) -%}
    {%- if reach is not string -%}{{ return(reach) }}{%- endif -%}
    {%- set row = run_query(
        "select (select coalesce(max(reach_dates), 0) from " ~ ref(reach) ~ "), "
        ~ days_between('min(event_date)', 'max(event_date)') ~ " from " ~ state_table('partition_builds')
    ).rows[0] -%}
    {#- Nothing has rows that lie further apart than the partitions do, and a message with its time zone reaches beyond them. -#}
    {%- set most = (row[1] | int) + 2 * window_dates() + 1 if row[1] is not none else 0 -%}
    {%- set dates = [row[0] | int, most] | min -%}
    {{ return([dates, dates]) }}
{%- endmacro %}

{#-
    The rows that a model holds from the run before: its own, or those of a model that is built later in this run. No
    other SQL reads a model's earlier state, and none reads it while everything is in scope.

    A relation. model_name: text; a table of the source previous_run, so that the lineage shows it and unit tests give it.
-#}
{% macro previous_rows(model_name) -%}
    {%- set rows = source('previous_run', model_name) -%}
    {%- if not execute or model.resource_type == 'unit_test' -%}{{ return(rows) }}{%- endif -%}
    {%- set node = model_named(model_name) -%}
    {{ return(api.Relation.create(schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}

{#-
    dbt's macro of the rows that a unit test gives: a table of the source previous_run has the columns of its model.

    dbt asks the input's table for its columns. That of previous_run stands where its model does: in any schema, while a
    source has one. The graph of a unit test has no models, so the schema is looked up by the table's name.
    rows: list. column_name_to_data_types: dict, not used by dbt.
-#}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
    {%- if model.source_name == 'previous_run' and warehouse_is_a_file() and load_relation(this) is none -%}
        {%- set schema = run_query(
            "select max(table_schema) from information_schema.tables where table_name = '" ~ this.identifier ~ "'"
        ).rows[0][0] -%}
        {%- if schema -%}{%- do context.update({'this': this.incorporate(path={'schema': schema})}) -%}{%- endif -%}
    {%- endif -%}
    {{ return(dbt.get_fixture_sql(rows, column_name_to_data_types)) }}
{%- endmacro %}

{#- A model of this project, as the graph has it. model_name: text. -#}
{% macro model_named(model_name) -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.name == model_name and node.package_name == 'flarelane' -%}
        {{ return(node) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error("no model is named " ~ model_name) }}
{%- endmacro %}
