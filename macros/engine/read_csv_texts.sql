{#- A query of a CSV file with a header: all its columns, as texts; an empty field is null. path: of the file. -#}
{% macro read_csv_texts(path) -%}
    {{- return(adapter.dispatch('read_csv_texts', 'flarelane')(path)) -}}
{%- endmacro %}

{#- What is wrong with a CSV file whose fields are not divided by commas, or of which lines have not as many as its header: a list
    of texts, as far as the engine says so. Runs queries. path: of the file. -#}
{% macro broken_csv_lines(path) -%}
    {{- return(adapter.dispatch('broken_csv_lines', 'flarelane')(path)) -}}
{%- endmacro %}

{#- That the fields of a file are not divided by commas: a text. header: its first field. -#}
{% macro no_commas(header) -%}
    {{- return("its columns must be divided by commas; its header is '" ~ visible(header) ~ "'") -}}
{%- endmacro %}
