{#- Spark chooses joins while a query runs, by the sizes that it finds. -#}
{% macro spark__keep_join_order() -%}{%- endmacro %}

{% macro spark__choose_join_order() -%}{%- endmacro %}
