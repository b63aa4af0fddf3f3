{% macro spark__warehouse_is_a_file() -%}
    {{- return(false) -}}
{%- endmacro %}

{#- Of Parquet tables the files are replaced; Delta and Iceberg keep them, to show a table as it was. -#}
{% macro spark__keeps_deleted_rows() -%}
    {{- return(writes_transactions()) -}}
{%- endmacro %}

{#- Of the tables of all models. -#}
{% macro spark__rewrite_warehouse_file() -%}
    {%- set tables = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- set relation = load_relation(api.Relation.create(schema=node.schema, identifier=node.alias)) -%}
        {%- if relation is not none and not relation.is_view -%}{%- do tables.append(relation) -%}{%- endif -%}
    {%- endfor -%}
    {%- do delete_old_files(tables) -%}
    insert into {{ state_table('warehouse_rewrites') }}
    select {{ forget_list_fingerprint() }}, {{ now_utc() }}
{%- endmacro %}
