{#-
    Let the connection join in the order written, with the right side in memory, until choose_join_order().
-#}
{% macro keep_join_order() -%}
    set disabled_optimizers = 'join_order,build_side_probe_side'
{%- endmacro %}

{#- Let the optimizer choose the order of joins again. -#}
{% macro choose_join_order() -%}
    reset disabled_optimizers
{%- endmacro %}
