{% macro duckdb__read_csv_texts(path) -%}
    select * from read_csv(
        '{{ path | replace("'", "''") }}',
        header = true, all_varchar = true, delim = ',', quote = '"', escape = '"'
    )
{%- endmacro %}
