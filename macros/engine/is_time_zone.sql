{#- Whether the engine knows an IANA time zone of this name, letter for letter. Runs a query. name: text. -#}
{% macro is_time_zone(name) -%}
    {{- return(run_query(
        "select count(*) > 0 from pg_timezone_names() where name = '" ~ (name | string | replace("'", "''")) ~ "'"
    ).rows[0][0]) -}}
{%- endmacro %}
