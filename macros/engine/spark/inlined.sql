{#- Spark inlines every CTE. -#}
{% macro spark__inlined() -%}{%- endmacro %}
