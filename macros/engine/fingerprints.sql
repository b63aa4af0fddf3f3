{#- Aggregate: a fingerprint of a group's rows. columns: list of expressions; order_column: what orders the rows. -#}
{% macro list_fingerprint(columns, order_column) -%}
    md5(string_agg(concat_ws('|', {{ columns | join(', ') }}), chr(10) order by {{ order_column }}))
{%- endmacro %}

{#- An expression: a fingerprint of the rows of a small relation, whatever their order. relation: of it. -#}
{% macro relation_fingerprint(relation) -%}
    (select cast(sum(hash(fingerprinted)) as varchar) from {{ relation }} as fingerprinted)
{%- endmacro %}

{#- An expression: a fingerprint of the key for recipient hashes, which tells nothing of the key. -#}
{% macro recipient_hash_key_fingerprint() -%}
    {{ key_fingerprint("getvariable('recipient_hash_key')") }}
{%- endmacro %}

{#- Expression: the fingerprint of a key for recipient hashes. key: expression of the key. -#}
{% macro key_fingerprint(key) -%}
    left(sha256('fingerprint' || sha256({{ key }})), 16)
{%- endmacro %}

{#- Expression: the fingerprint of the list of people to forget, an empty text for an empty list; tells nobody who is on it. -#}
{% macro forget_list_fingerprint() -%}
    forget_list_fingerprint()
{%- endmacro %}
