{#- The start of the running transaction as a timestamp in UTC. -#}
{% macro now_utc() -%}
    {{- return(adapter.dispatch('now_utc', 'flarelane')()) -}}
{%- endmacro %}
