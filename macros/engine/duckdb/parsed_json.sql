{% macro duckdb__parsed_json(column) -%}
    {%- set no_json = ",\\s*[\\]}]|(^|[:,\\[])\\s*-?([Nn][Aa][Nn]|[Ii][Nn][Ff])" -%}
    {#- DuckDB takes half a character for no JSON. -#}
    {%- set whole_characters = "regexp_replace(" ~ column ~ ", " ~ text_literal(half_characters()) ~ ", '\\1', 'g')" -%}
    {%- set as_json = "coalesce(try_cast(" ~ column ~ " as json), try_cast(" ~ whole_characters ~ " as json))" -%}
    case
        when not regexp_matches({{ column }}, '{{ no_json }}') then {{ as_json }}
        when
            not regexp_matches(regexp_replace({{ column }}, '"(\\.|[^"\\])*"', '""', 'g'), '{{ no_json }}')
            then {{ as_json }}
    end
{%- endmacro %}

{% macro duckdb__text_in_json(column, path) -%}
    ({{ column }} ->> {{ path }})
{%- endmacro %}

{#- The elements of a JSON list of texts, as a list. column: expression of the JSON text. -#}
{% macro texts_in_json(column) -%}
    from_json({{ column }}, '["varchar"]')
{%- endmacro %}

{% macro duckdb__json_path_pattern() -%}
    {{- return('[$]([.]"(?![*]")[^"\\\\]+"|[.][^."*?\\[\\]]+|\\[(-?[0-9]{1,9}|#-[0-9]{1,9})\\])*') -}}
{%- endmacro %}
