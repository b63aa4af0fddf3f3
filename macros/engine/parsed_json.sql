{#-
    A text as JSON; null where it does not parse. column: expression of the text.

    The cast by itself also takes a comma behind the last element, NaN and Infinity, which RFC 8259 does not. So a text
    with any of these is checked again without its quoted strings.
-#}
{% macro parsed_json(column) -%}
    {{- return(adapter.dispatch('parsed_json', 'flarelane')(column)) -}}
{%- endmacro %}

{#-
    The text at a JSON path; null where nothing is there, or JSON's null. A string is its own text, other values are
    written as in JSON.

    column: expression of JSON. path: expression of a path that json_path_pattern() lets through, or of null.
-#}
{% macro text_in_json(column, path) -%}
    {{- return(adapter.dispatch('text_in_json', 'flarelane')(column, path)) -}}
{%- endmacro %}
