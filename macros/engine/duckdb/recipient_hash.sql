{% macro duckdb__recipient_hash(column) -%}
    left(sha256({{ recipient_hash_key() }} || '|' || {{ column }}), 32)
{%- endmacro %}

{% macro duckdb__recipient_hash_key() -%}
    getvariable('recipient_hash_key')
{%- endmacro %}

{% macro duckdb__set_recipient_hash_key(key) -%}
    set variable recipient_hash_key = {{ key }}
{%- endmacro %}
