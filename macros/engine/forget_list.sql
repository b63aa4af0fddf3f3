{#- Expression: what is wrong with the list of people to forget, in words; an empty text for nothing. -#}
{% macro forget_list_problem() -%}
    {{- return(adapter.dispatch('forget_list_problem', 'flarelane')()) -}}
{%- endmacro %}

{#- Expression: the fingerprint of the list of people to forget, an empty text for an empty list; tells nobody who is on
    it. -#}
{% macro forget_list_fingerprint() -%}
    {{- return(adapter.dispatch('forget_list_fingerprint', 'flarelane')()) -}}
{%- endmacro %}
