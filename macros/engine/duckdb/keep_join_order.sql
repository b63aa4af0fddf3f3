{% macro duckdb__keep_join_order() -%}
    set disabled_optimizers = 'join_order,build_side_probe_side'
{%- endmacro %}

{% macro duckdb__choose_join_order() -%}
    reset disabled_optimizers
{%- endmacro %}
