{% macro duckdb__closest_name(name, names) -%}
    {%- set set_name = modules.re.sub('[^a-z0-9]', '', name | string | lower) -%}
    {%- set rows = run_query(
        "select name from (select unnest(['" ~ names | join("', '") ~ "']) as name) as variables, "
        ~ "lateral (select '" ~ set_name ~ "' as given, replace(name, '_', '') as known) as letters, "
        ~ "lateral (select damerau_levenshtein(given, known) as edits, jaro_winkler_similarity(given, known) as likeness)"
        ~ " as distances where edits <= 2 or likeness >= 0.9"
        ~ " or (length(given) >= 5 and (contains(known, given) or contains(given, known)))"
        ~ " order by edits <= 2 desc, likeness desc limit 1"
    ).rows -%}
    {{ return(rows[0][0] if rows else none) }}
{%- endmacro %}
