{#-
    A text as JSON; null where it does not parse. column: expression of the text.

    The cast by itself also takes a comma behind the last element, NaN and Infinity, which RFC 8259 does not. So a text
    with anything of the kind is looked at again without what stands in quotes.
-#}
{% macro parsed_json(column) -%}
    {%- set no_json = ",\\s*[\\]}]|(^|[:,\\[])\\s*-?([Nn][Aa][Nn]|[Ii][Nn][Ff])" -%}
    case
        when not regexp_matches({{ column }}, '{{ no_json }}') then try_cast({{ column }} as json)
        when
            not regexp_matches(regexp_replace({{ column }}, '"(\\.|[^"\\])*"', '""', 'g'), '{{ no_json }}')
            then try_cast({{ column }} as json)
    end
{%- endmacro %}

{#- The elements of a JSON list of texts, as a list. column: expression of the JSON text. -#}
{% macro texts_in_json(column) -%}
    from_json({{ column }}, '["varchar"]')
{%- endmacro %}

{#-
    The text at a JSON path; null where nothing is there, or JSON's null. A string is its own text, other values are
    written as in JSON.

    column: expression of JSON. path: expression of a path that json_path_pattern() lets through, or of null.
-#}
{% macro text_in_json(column, path) -%}
    ({{ column }} ->> {{ path }})
{%- endmacro %}
