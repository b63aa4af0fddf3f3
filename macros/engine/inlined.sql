{#-
    Stands between `as` and the bracket of a CTE that several others read: each of them reads the table for itself.

    DuckDB stores the rows of such a CTE otherwise, which costs more than reading them again unless they are few.
-#}
{% macro inlined() -%}
    not materialized
{%- endmacro %}
