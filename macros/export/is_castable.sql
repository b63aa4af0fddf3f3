{#-
    Whether a file's column can be read as the documented type without loss of meaning. One that holds only nulls has the
    type NULL, and can. The text of a number with a point is another id than that of the number without one, and DuckDB's
    text of a time of day beyond 24 hours is none.

    file_type: expression of the type in the file, as read_footers() names it; documented_type: varchar, boolean or
    bigint. Null (an undocumented column) where documented_type is null.
-#}
{% macro is_castable(file_type, documented_type) -%}
    case {{ documented_type }}
        when 'varchar'
            then not {{ matches_pattern(file_type, '^(NESTED|DOUBLE|FLOAT|INTERVAL|TIME$|TIME[^S]|DECIMAL.*,[ ]*[1-9])') }}
        when 'boolean'
            then {{ matches_pattern(file_type, '^(BOOLEAN|U?(TINY|SMALL|BIG)?INT(EGER)?|NULL)$') }}
        when 'bigint'
            then {{ matches_pattern(file_type, '^(U?(TINY|SMALL|BIG)?INT(EGER)?|DOUBLE|FLOAT|NULL)$') }}
    end
{%- endmacro %}
