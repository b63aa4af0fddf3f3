{#- Microseconds from one timestamp to another as a bigint; null where either is. start_at, end_at: expressions. -#}
{% macro microseconds_between(start_at, end_at) -%}
    {{- return(adapter.dispatch('microseconds_between', 'flarelane')(start_at, end_at)) -}}
{%- endmacro %}
