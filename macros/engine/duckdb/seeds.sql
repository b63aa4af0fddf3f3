{#- As dbt-duckdb's, which lets DuckDB guess the quote: an apostrophe at both ends of a text is then taken off, and rows between
    two apostrophes become one. -#}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {%- set sql -%}
        copy {{ this.render() }} from {{ text_literal(adapter.get_seed_file_path(model)) }}
        (format csv, header true, auto_detect false, {{ csv_format('', config.get('delimiter', ',')) }})
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{% endmacro %}
