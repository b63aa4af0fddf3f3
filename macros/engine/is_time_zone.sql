{#- Whether the engine knows an IANA time zone of this name, letter for letter. Runs a query. name: text. -#}
{% macro is_time_zone(name) -%}
    {{- return(adapter.dispatch('is_time_zone', 'flarelane')(name)) -}}
{%- endmacro %}
