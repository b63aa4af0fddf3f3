{#- The start of the running transaction as a timestamp in UTC. -#}
{% macro now_utc() -%}
    now()::timestamptz at time zone 'UTC'
{%- endmacro %}
