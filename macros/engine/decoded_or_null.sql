{#-
    A name of a folder with its %-encoded characters decoded; null where it is empty or what comes out is no UTF-8.
    name: expression of a text.
-#}
{% macro decoded_or_null(name) -%}
    {{- return(adapter.dispatch('decoded_or_null', 'flarelane')(name)) -}}
{%- endmacro %}
