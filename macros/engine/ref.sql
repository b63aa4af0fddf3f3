{#-
    dbt's ref(), without the name of the database: DuckDB takes that from the file's name, and a view that carries it
    breaks when the warehouse is copied or attached under another.
-#}
{% macro ref() -%}
    {{- return(builtins.ref(*varargs, **kwargs).include(database=false)) -}}
{%- endmacro %}
