{#- A query of a CSV file with a header: all its columns, as texts; an empty field is null. path: of the file. -#}
{% macro read_csv_texts(path) -%}
    {{- return(adapter.dispatch('read_csv_texts', 'flarelane')(path)) -}}
{%- endmacro %}

{#- What is wrong with lines of a CSV file that have not as many fields as its header: a list of texts, as far as the engine says
    so. Runs queries. path: of the file. -#}
{% macro broken_csv_lines(path) -%}
    {{- return(adapter.dispatch('broken_csv_lines', 'flarelane')(path)) -}}
{%- endmacro %}
