{#-
    From here on the connection joins in the order written, the right side held in memory; choose_join_order() ends it.
-#}
{% macro keep_join_order() -%}
    set disabled_optimizers = 'join_order,build_side_probe_side'
{%- endmacro %}

{#- Let the optimizer choose the order of joins again. -#}
{% macro choose_join_order() -%}
    reset disabled_optimizers
{%- endmacro %}
