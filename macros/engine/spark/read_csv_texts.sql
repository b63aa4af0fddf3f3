{% macro spark__read_csv_texts(path) -%}
    {%- do run_query(
        "create or replace temporary view csv_texts using csv options (path " ~ spark_text(path)
        ~ ", header 'true', inferSchema 'false', multiLine 'true', quote '\"', escape '\"')"
    ) -%}
    select * from csv_texts
{%- endmacro %}
