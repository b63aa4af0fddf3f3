{% macro duckdb__matches_pattern(column, pattern) -%}
    regexp_matches({{ column }}, {{ text_literal(pattern) }})
{%- endmacro %}
