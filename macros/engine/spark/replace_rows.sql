{#- Put the rows of a query, which may read the table, in the place of those of a table. Runs queries: a table of its own
    takes the rows first. relation: the table, which need not be there. sql: query. -#}
{% macro replace_table(relation, sql) -%}
    {%- set staged = api.Relation.create(schema=relation.schema, identifier=relation.identifier ~ '__new_rows') -%}
    {%- do run_query("drop table if exists " ~ staged) -%}
    {%- do run_query("create table " ~ staged ~ " using parquet as " ~ sql) -%}
    {%- do run_query("drop table if exists " ~ relation) -%}
    {%- do run_query("alter table " ~ staged ~ " rename to " ~ relation) -%}
{%- endmacro %}

{#- A query of a model's rows with the columns that its contract names, in the order and of the types that it gives.
    sql: query. -#}
{% macro rows_by_contract(sql) -%}
    {%- if not config.get('contract').enforced -%}{{ return(sql) }}{%- endif -%}
    select
        {%- for column in model.columns.values() %}
        cast({{ column.name }} as {{ spark_type(column.data_type) }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as rows_of_model
{%- endmacro %}
