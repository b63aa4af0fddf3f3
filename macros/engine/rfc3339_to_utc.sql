{#-
    The instant of an RFC 3339 date-time as a timestamp in UTC; null where the text is none.

    column: expression of a text. Any offset is valid, as are a lower-case t and z and fractions of any length
    (microseconds are kept). A date alone, a text with no offset, `epoch`, `infinity`, a day or an hour that does not
    exist and a leap second give null: the cast by itself would take most of them.
    Source: RFC 3339, section 5.6.
-#}
{% macro rfc3339_to_utc(column) -%}
    {{- return(adapter.dispatch('rfc3339_to_utc', 'flarelane')(column)) -}}
{%- endmacro %}
