{% macro duckdb__rfc3339_to_utc(column) -%}
    case
        when
            regexp_full_match(
                {{ column }},
                '\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z'
            )
            then try_cast({{ column }} as timestamp)
        when
            regexp_full_match(
                {{ column }},
                '\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?'
                || '([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)'
            )
            then timezone('UTC', try_cast(upper({{ column }}) as timestamptz))
    end
{%- endmacro %}
