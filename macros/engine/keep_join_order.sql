{#-
    Let the connection join in the order written, with the right side in memory, until choose_join_order().
-#}
{% macro keep_join_order() -%}
    {{- return(adapter.dispatch('keep_join_order', 'flarelane')()) -}}
{%- endmacro %}

{#- Let the optimizer choose the order of joins again. -#}
{% macro choose_join_order() -%}
    {{- return(adapter.dispatch('choose_join_order', 'flarelane')()) -}}
{%- endmacro %}
