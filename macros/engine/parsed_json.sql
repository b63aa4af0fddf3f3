{#- A text as JSON; null where it does not parse. column: expression of the text. -#}
{% macro parsed_json(column) -%}
    try_cast({{ column }} as json)
{%- endmacro %}
