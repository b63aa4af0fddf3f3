{#- xxhash64 passes over nulls, so each column says whether it is one. -#}
{% macro spark__hash_number(columns) -%}
    xxhash64(
        {%- for column in columns %}
        {{- column }}, ({{ column }}) is null{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
