{#-
    Which of some names a text is close to: a letter or two apart, alike, or a part of it; none where it is close to none.
    Runs a query. name: text. names: list.
-#}
{% macro closest_name(name, names) -%}
    {{- return(adapter.dispatch('closest_name', 'flarelane')(name, names)) -}}
{%- endmacro %}
