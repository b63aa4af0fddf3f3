{#- The session's time zone is UTC: see profiles.yml. -#}
{% macro spark__now_utc() -%}
    current_timestamp()
{%- endmacro %}
