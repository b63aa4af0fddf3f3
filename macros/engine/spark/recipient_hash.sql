{#- recipient_hash_key is a variable of the session: see set_recipient_hash_key(). -#}
{% macro spark__recipient_hash(column) -%}
    left(sha2({{ recipient_hash_key() }} || '|' || {{ column }}, 256), 32)
{%- endmacro %}

{% macro spark__recipient_hash_key() -%}
    recipient_hash_key
{%- endmacro %}

{% macro spark__set_recipient_hash_key(key) -%}
    declare or replace variable recipient_hash_key string default {{ key }}
{%- endmacro %}
