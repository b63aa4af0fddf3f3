{#- What Python reads stands in a temporary view, because a catalogue that is not Spark's own reads no table of a data source
    in Python. The table of the source's name has no rows. -#}
{% macro spark__rows_of_source(relation, source_name) -%}
    {%- if source_name == 'previous_run' or model.resource_type == 'unit_test' -%}{{ return(relation) }}{%- endif -%}
    {{- return(relation.include(database=false, schema=false)) -}}
{%- endmacro %}

{#- Make the tables, without rows, of the sources whose rows stand in temporary views: dbt takes the columns of a unit test's
    rows from them. Runs queries. -#}
{% macro create_source_tables() -%}
    {%- for source in graph.sources.values() if source.source_name in ('flarelane', 'people') -%}
        {%- set columns = documented_columns(source) -%}
        {%- if source.source_name == 'flarelane' -%}
            {%- do columns.extend(['filename string', 'file_row_number bigint']) -%}
        {%- endif -%}
        {%- do run_query("create schema if not exists " ~ source.schema) -%}
        {%- do run_query(
            "create table if not exists " ~ api.Relation.create(schema=source.schema, identifier=source.identifier) ~ " ("
            ~ columns | join(", ") ~ ") " ~ table_format()
        ) -%}
    {%- endfor -%}
{%- endmacro %}
