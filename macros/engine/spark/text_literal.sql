{% macro spark__text_literal(text) -%}
    {{- return("'" ~ spark__escape_single_quotes(text) ~ "'") -}}
{%- endmacro %}
