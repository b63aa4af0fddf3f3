{#-
    A condition that keeps to the range of dates that is being built, with some days after it; true when there is none.

    date_column: expression of a date. days_after: how many days after the range are in it too.
-#}
{% macro in_batch_dates(date_column, days_after=0) -%}
    {{ date_column }} >= coalesce(getvariable('batch_from'), date '0001-01-01')
    and {{ date_column }} <= coalesce(getvariable('batch_to'), date '9000-01-01') + {{ days_after }}
{%- endmacro %}
