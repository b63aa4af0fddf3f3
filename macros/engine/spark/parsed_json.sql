{#- The text itself, where it is JSON. -#}
{% macro spark__parsed_json(column) -%}
    case when try_parse_json({{ column }}) is not null then {{ column }} end
{%- endmacro %}

{#- A quoted key is written in brackets. Spark knows no place counted from the end: see json_path_pattern(). -#}
{% macro spark__text_in_json(column, path) -%}
    get_json_object({{ column }}, regexp_replace({{ path }}, '[.]"([^"]+)"', '[\'$1\']'))
{%- endmacro %}

{% macro spark__json_path_pattern() -%}
    {{- return('[$]([.]"[^"]+"|[.][^."*?\\[\\]]+|\\[[0-9]+\\])*') -}}
{%- endmacro %}
