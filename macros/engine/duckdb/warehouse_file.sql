{% macro duckdb__warehouse_is_a_file() -%}
    {{- return(true) -}}
{%- endmacro %}

{% macro duckdb__copy_warehouse(path) -%}
    checkpoint;
    select publish_warehouse('{{ path | replace("'", "''") }}')
{%- endmacro %}

{% macro duckdb__rewrite_warehouse_file() -%}
    {%- set copy = "'" ~ (target.path ~ '.rewritten') | replace("'", "''") ~ "'" -%}
    checkpoint;
    select remove_copy({{ copy }});
    attach {{ copy }} as rewritten_warehouse;
    copy from database {{ adapter.quote(target.database) }} to rewritten_warehouse;
    insert into rewritten_warehouse.{{ state_table('warehouse_rewrites') }} (forget_list_fingerprint, rewritten_at)
    values ({{ forget_list_fingerprint() }}, {{ now_utc() }});
    checkpoint rewritten_warehouse;
    detach rewritten_warehouse;
    select put_in_place({{ copy }})
{%- endmacro %}
