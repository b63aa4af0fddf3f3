{% macro duckdb__read_csv_texts(path) -%}
    select * from {{ csv_file(path) }}
{%- endmacro %}

{% macro duckdb__broken_csv_lines(path) -%}
    {%- do run_query("drop table if exists temp.reject_errors; drop table if exists temp.reject_scans") -%}
    {%- set header = run_query("select * from " ~ csv_file(path, 'store_rejects = true, ')).column_names[0] -%}
    {%- if ';' in header -%}{{ return([no_commas(header)]) }}{%- endif -%}
    {%- set lines = [] -%}
    {%- for row in run_query("select line, error_message from temp.reject_errors order by line").rows -%}
        {%- do lines.append("line " ~ row[0] ~ ": " ~ row[1]) -%}
    {%- endfor -%}
    {{ return(lines) }}
{%- endmacro %}

{#- A CSV file as a table of texts. path: of the file. options: more of DuckDB's, with a comma behind. -#}
{% macro csv_file(path, options='') -%}
    read_csv({{ text_literal(path) }}, header = true, all_varchar = true, {{ options }}{{ csv_format('=', ',') }})
{%- endmacro %}

{#- The format of seeds, as options of DuckDB: double quotes, no comments. sign: between an option and its value.
    delimiter: between fields. -#}
{% macro csv_format(sign, delimiter) -%}
    delim {{ sign }} '{{ delimiter }}', quote {{ sign }} '"', escape {{ sign }} '"', comment {{ sign }} ''
{%- endmacro %}
