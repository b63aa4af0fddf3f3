{#-
    The pattern that finds just one path, as DuckDB takes the paths that it is to read for patterns. path: expression.

    A path with a backslash stays as it is: DuckDB would divide the pattern there. It looks for the path itself where a
    pattern finds nothing. The function pattern_of of plugins/export_folder.py does the same.
-#}
{% macro path_pattern(path) -%}
    case
        when contains({{ path }}, '\') then {{ path }}
        else regexp_replace({{ path }}, '[][*?]', '[\0]', 'g')
    end
{%- endmacro %}
