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

{#- The JSON paths that a goal may have, as a regular expression: $, then .key, ."a key", [0] and, where the engine knows them,
    [-1] or [#-1] any number of times. No wildcards: a path leads to one value. No backslash in quotes, which DuckDB takes
    for an escape. -#}
{% macro json_path_pattern() -%}
    {{- return(adapter.dispatch('json_path_pattern', 'flarelane')()) -}}
{%- endmacro %}

{#- What to replace by its first group, to take halves of characters (of an emoji that was cut through) out of a JSON text:
    a regular expression that also finds whole characters and quoted backslashes, which that group keeps. -#}
{% macro half_characters() -%}
    {{- return(
        "(\\\\\\\\|\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
    ) -}}
{%- endmacro %}
