{#- Java's $ matches before a line break at the end too; \z does not. -#}
{% macro spark__matches_pattern(column, pattern) -%}
    regexp_like({{ column }}, {{ text_literal(pattern[:-1] ~ "\\z" if pattern.endswith("$") else pattern) }})
{%- endmacro %}
