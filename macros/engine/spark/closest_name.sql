{% macro spark__closest_name(name, names) -%}
    {%- set given = modules.re.sub('[^a-z0-9]', '', name | string | lower) -%}
    {%- set rows = run_query(
        "select name from (select name, replace(name, '_', '') as known from (select explode(array('"
        ~ names | join("', '") ~ "')) as name) as variables) as letters where levenshtein('" ~ given ~ "', known) <= 2"
        ~ " or (length('" ~ given ~ "') >= 5 and (contains(known, '" ~ given ~ "') or contains('" ~ given ~ "', known)))"
        ~ " order by levenshtein('" ~ given ~ "', known) limit 1"
    ).rows -%}
    {{ return(rows[0][0] if rows else none) }}
{%- endmacro %}
