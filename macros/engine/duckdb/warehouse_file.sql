{% macro duckdb__warehouse_is_a_file() -%}
    {{- return(true) -}}
{%- endmacro %}

{% macro duckdb__keeps_deleted_rows() -%}
    {{- return(true) -}}
{%- endmacro %}

{% macro duckdb__copy_warehouse(path) -%}
    checkpoint;
    select publish_warehouse({{ text_literal(path) }})
{%- endmacro %}

{#- What was never built, because a run selected other models only, is left out. -#}
{% macro duckdb__copy_models(nodes, path) -%}
    {%- set relations = [] -%}
    {%- for node in nodes -%}
        {%- set relation = load_relation(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.alias
        )) -%}
        {%- if relation is not none -%}{%- do relations.append(relation.include(database=false)) -%}{%- endif -%}
    {%- endfor -%}
    select begin_copy({{ text_literal(path) }});
    attach {{ text_literal(path ~ '.unfinished') }} as copy_for_readers;
    {%- for schema in relations | map(attribute='schema') | unique %}
    create schema if not exists copy_for_readers.{{ adapter.quote(schema) }};
    {%- endfor %}
    {%- for relation in relations %}
    create table copy_for_readers.{{ relation }} as from {{ relation }};
    {%- endfor %}
    checkpoint copy_for_readers;
    detach copy_for_readers;
    select finish_copy({{ text_literal(path) }})
{%- endmacro %}

{#- Into a new file, in which it is also recorded, and which then takes the place of the old one. -#}
{% macro duckdb__rewrite_warehouse_file() -%}
    {%- set copy = text_literal(target.path ~ '.rewritten') -%}
    checkpoint;
    select remove_copy({{ copy }});
    attach {{ copy }} as rewritten_warehouse;
    copy from database {{ adapter.quote(target.database) }} to rewritten_warehouse;
    insert into rewritten_warehouse.{{ state_table('warehouse_rewrites') }} (forget_list_fingerprint, rewritten_at)
    values ({{ forget_list_fingerprint() }}, {{ now_utc() }});
    checkpoint rewritten_warehouse;
    detach rewritten_warehouse;
    select finish_rewrite({{ copy }})
{%- endmacro %}
