{#- A text as SQL. text: of any characters; a number is written out. -#}
{% macro text_literal(text) -%}
    {{- return(adapter.dispatch('text_literal', 'flarelane')(text | string)) -}}
{%- endmacro %}
