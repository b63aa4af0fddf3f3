{% macro spark__read_csv_texts(path) -%}
    {%- do run_query(
        "create or replace temporary view csv_texts using csv options (path '" ~ (path | replace("'", "\\'"))
        ~ "', header 'true', inferSchema 'false', multiLine 'true', quote '\"', escape '\"')"
    ) -%}
    select * from csv_texts
{%- endmacro %}
