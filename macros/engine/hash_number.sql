{#-
    A 64-bit hash of the columns, to group or join by in place of long texts; not kept in a table.

    columns: list of expressions. Two different inputs can share a hash, so a result that must be exact is told apart
    by the columns themselves.
-#}
{% macro hash_number(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}
