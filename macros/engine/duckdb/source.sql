{% macro duckdb__rows_of_source(relation, source_name) -%}
    {{- return(relation) -}}
{%- endmacro %}
