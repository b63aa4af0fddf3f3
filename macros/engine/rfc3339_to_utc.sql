{#-
    The instant of an RFC 3339 date-time as a timestamp in UTC; null where the text is none.

    column: expression of a text. Any offset is valid, as are a lower-case t and z and fractions of any length
    (microseconds are kept). A date alone, a text with no offset, `epoch`, `infinity`, a day or an hour that does not
    exist and a leap second give null: the cast by itself would take most of them.
    Source: RFC 3339, section 5.6.
-#}
{% macro rfc3339_to_utc(column) -%}
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
