{#- A query of a CSV file with a header: all its columns, as texts; an empty field is null. path: of the file. -#}
{% macro read_csv_texts(path) -%}
    select * from read_csv(
        '{{ path | replace("'", "''") }}',
        header = true, all_varchar = true, delim = ',', quote = '"', escape = '"'
    )
{%- endmacro %}
