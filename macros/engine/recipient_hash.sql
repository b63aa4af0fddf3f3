{#-
    The keyed hash that stands for a phone number or email address: 32 hexadecimal digits, null for null.

    column: expression of the recipient in clear. The key is the DuckDB variable that the connection sets from
    FLARELANE_RECIPIENT_HASH_KEY, so it is in no compiled SQL and no log.
-#}
{% macro recipient_hash(column) -%}
    left(sha256(getvariable('recipient_hash_key') || '|' || {{ column }}), 32)
{%- endmacro %}
