{#- Aggregate: a fingerprint of a group's rows. columns: list of expressions; order_column: what orders the rows. -#}
{% macro list_fingerprint(columns, order_column) -%}
    md5(string_agg(concat_ws('|', {{ columns | join(', ') }}), chr(10) order by {{ order_column }}))
{%- endmacro %}

{#- The engine's version: hashes that tables keep are its own. -#}
{% macro engine_version() -%}
    {{- return(run_query("select version()").rows[0][0]) -}}
{%- endmacro %}

{#- A fingerprint of the key for recipient hashes, which tells nothing of the key. -#}
{% macro recipient_hash_key_fingerprint() -%}
    {{- return(run_query(
        "select left(sha256('fingerprint' || sha256(coalesce(getvariable('recipient_hash_key'), ''))), 16)"
    ).rows[0][0]) -}}
{%- endmacro %}
