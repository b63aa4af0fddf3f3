{#- A text as SQL. text: of any characters, or a number; ${ begins a variable of Spark's there. -#}
{% macro text_literal(text) -%}
    {{- return(adapter.dispatch('text_literal', 'flarelane')(text | string)) -}}
{%- endmacro %}
