{% macro duckdb__is_time_zone(name) -%}
    {{- return(run_query(
        "select count(*) > 0 from pg_timezone_names() where name = " ~ text_literal(name)
    ).rows[0][0]) -}}
{%- endmacro %}
