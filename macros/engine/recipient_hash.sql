{#-
    The keyed hash that stands for a phone number or email address: 32 hexadecimal digits, null for null.

    column: expression of the recipient in clear. The key is recipient_hash_key(), so it is in no compiled SQL and no log.
-#}
{% macro recipient_hash(column) -%}
    {{- return(adapter.dispatch('recipient_hash', 'flarelane')(column)) -}}
{%- endmacro %}

{#- Expression: the key for recipient hashes that the connection has from FLARELANE_RECIPIENT_HASH_KEY, null without one. -#}
{% macro recipient_hash_key() -%}
    {{- return(adapter.dispatch('recipient_hash_key', 'flarelane')()) -}}
{%- endmacro %}

{#- A statement that gives the connection a key for recipient hashes. key: SQL text, of a key that is public. -#}
{% macro set_recipient_hash_key(key) -%}
    {{- return(adapter.dispatch('set_recipient_hash_key', 'flarelane')(key)) -}}
{%- endmacro %}
