{#-
    A query of one timestamp (UTC): up to when a table of the export is complete, as far as its files can tell.

    The earlier of two: when the newest file was written, and the end of the newest date that has one. So a source is
    stale when no file comes any more, and also when files come but none of a recent date. table_name: crm_events or
    customer_events. Only lists the export; needs no warehouse.
-#}
{% macro newest_in_export(table_name) -%}
    select least(
        max(modified_at),
        max(try_cast(regexp_extract({{ below_root('path') }}, '{{ place_pattern() }}', 2) as date)) + interval '1 day'
    )
    from ({{ list_export(table_name) }}) as objects
    where {{ matches_pattern(below_root('path'), place_pattern()) }}
{%- endmacro %}
