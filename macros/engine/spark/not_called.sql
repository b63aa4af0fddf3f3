{#- Stop, because only other engines' materializations and warehouses in a file call a macro. name: of the macro. -#}
{% macro not_called_on_spark(name) -%}
    {{ exceptions.raise_compiler_error(name ~ " has no form for Spark.") }}
{%- endmacro %}

{% macro spark__create_empty_table(relation, sql) -%}{{ not_called_on_spark('create_empty_table') }}{%- endmacro %}

{% macro spark__insert_rows(relation, sql) -%}{{ not_called_on_spark('insert_rows') }}{%- endmacro %}

{% macro spark__replace_rows(relation, sql) -%}{{ not_called_on_spark('replace_rows') }}{%- endmacro %}

{% macro spark__use_batch(batch) -%}{{ not_called_on_spark('use_batch') }}{%- endmacro %}

{% macro spark__copy_warehouse(path) -%}{{ not_called_on_spark('copy_warehouse') }}{%- endmacro %}

{% macro spark__copy_models(nodes, path) -%}{{ not_called_on_spark('copy_models') }}{%- endmacro %}
