{#-
    The text itself, where it is JSON.

    Spark's parser stops after the first value, whatever follows. What is one value and no more is one in a list as well as in
    an object: a comma, a bracket or a brace behind the first value fits in one of the two at most.
-#}
{% macro spark__parsed_json(column) -%}
    case
        when
            try_parse_json(concat('[', {{ column }}, ']')) is not null
            and try_parse_json(concat('{"value": ', {{ column }}, '}')) is not null
            then
                case
                    when contains({{ column }}, {{ text_literal("\\ud") }}) or contains({{ column }}, {{ text_literal("\\uD") }})
                        then regexp_replace({{ column }}, {{ text_literal(half_characters()) }}, '$1')
                    else {{ column }}
                end
    end
{%- endmacro %}

{#- A quoted key is written in brackets. Spark knows no place counted from the end: see json_path_pattern(). -#}
{% macro spark__text_in_json(column, path) -%}
    get_json_object({{ column }}, regexp_replace({{ path }}, '[.]"([^"]+)"', '[\'$1\']'))
{%- endmacro %}

{% macro spark__json_path_pattern() -%}
    {{- return('[$]([.]"(?![*]")[^"\\\\]+"|[.][^."*?\\[\\]]+|\\[[0-9]{1,9}\\])*') -}}
{%- endmacro %}
