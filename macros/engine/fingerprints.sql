{#- Aggregate: a fingerprint of a group's rows. columns: list of expressions; order_column: what orders the rows. -#}
{% macro list_fingerprint(columns, order_column) -%}
    md5(string_agg(concat_ws('|', {{ columns | join(', ') }}), chr(10) order by {{ order_column }}))
{%- endmacro %}

{#- A query of a fingerprint of all rows of a small table. relation: the table. -#}
{% macro table_fingerprint(relation) -%}
    select md5(coalesce(string_agg(cast(rows as varchar), chr(10) order by cast(rows as varchar)), ''))
    from {{ relation }} as rows
{%- endmacro %}

{#- The engine's version: hashes that tables keep are its own. -#}
{% macro engine_version() -%}
    {%- set memory = memory_of_run() -%}
    {%- if 'engine_version' not in memory -%}
        {%- do memory.update({'engine_version': run_query("select version()").rows[0][0]}) -%}
    {%- endif -%}
    {{ return(memory.engine_version) }}
{%- endmacro %}

{#- A fingerprint of the key for recipient hashes, which tells nothing of the key. -#}
{% macro recipient_hash_key_fingerprint() -%}
    {%- set memory = memory_of_run() -%}
    {%- if not memory.get('recipient_hash_key') -%}
        {#- Asked again until there is a key: that of a sample is set by the first model that needs one. -#}
        {%- do memory.update({'recipient_hash_key': run_query(
            "select left(sha256('fingerprint' || sha256(getvariable('recipient_hash_key'))), 16)"
        ).rows[0][0]}) -%}
    {%- endif -%}
    {{ return(memory.recipient_hash_key) }}
{%- endmacro %}
