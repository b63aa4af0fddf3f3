{#- Aggregate: a fingerprint of a group's rows, whatever their order, null without any. columns: list of expressions. -#}
{% macro list_fingerprint(columns) -%}
    {{- return(adapter.dispatch('list_fingerprint', 'flarelane')(columns)) -}}
{%- endmacro %}

{#- An expression: a fingerprint of the rows of a small relation, whatever their order. relation: of it. -#}
{% macro relation_fingerprint(relation) -%}
    {{- return(adapter.dispatch('relation_fingerprint', 'flarelane')(relation)) -}}
{%- endmacro %}

{#- Expression: the fingerprint of a key for recipient hashes. key: expression of the key. -#}
{% macro key_fingerprint(key) -%}
    {{- return(adapter.dispatch('key_fingerprint', 'flarelane')(key)) -}}
{%- endmacro %}
