{#-
    Aggregate: a group's texts joined to one, null without any.

    value: expression of a text, of which nulls are left out. delimiter: text. order_by: expressions that order them.
    condition: of the rows that count, none for all.
-#}
{% macro joined_texts(value, delimiter, order_by, condition=none) -%}
    {{- return(adapter.dispatch('joined_texts', 'flarelane')(value, delimiter, order_by, condition)) -}}
{%- endmacro %}

{#- Aggregate: a list of a group's texts in their order, null without any. value: expression of a text. condition: of the
    rows that count. -#}
{% macro sorted_texts(value, condition) -%}
    {{- return(adapter.dispatch('sorted_texts', 'flarelane')(value, condition)) -}}
{%- endmacro %}

{#- Select item: a row for each text of a list, none where it is null. texts: expression of a list. -#}
{% macro each_of(texts) -%}
    {{- return(adapter.dispatch('each_of', 'flarelane')(texts)) -}}
{%- endmacro %}

{#- The type of a list of texts. -#}
{% macro type_of_texts() -%}
    {{- return(adapter.dispatch('type_of_texts', 'flarelane')()) -}}
{%- endmacro %}
