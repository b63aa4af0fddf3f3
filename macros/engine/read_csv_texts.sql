{#- A query of a CSV file with a header: all its columns, as texts; an empty field is null. path: of the file. -#}
{% macro read_csv_texts(path) -%}
    {{- return(adapter.dispatch('read_csv_texts', 'flarelane')(path)) -}}
{%- endmacro %}
