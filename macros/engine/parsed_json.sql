{#- A text as JSON; null where it does not parse. column: expression of the text. -#}
{% macro parsed_json(column) -%}
    try_cast({{ column }} as json)
{%- endmacro %}

{#- The elements of a JSON list of texts, as a list. column: expression of the JSON text. -#}
{% macro texts_in_json(column) -%}
    from_json({{ column }}, '["varchar"]')
{%- endmacro %}
