{#-
    A 64-bit hash of the columns, to group or join by in place of long texts. Another version of the engine may hash
    differently; models are then rebuilt.

    columns: list of expressions. Two different inputs can share a hash: among ten million, with a chance of one in
    370,000.
-#}
{% macro hash_number(columns) -%}
    {{- return(adapter.dispatch('hash_number', 'flarelane')(columns)) -}}
{%- endmacro %}
