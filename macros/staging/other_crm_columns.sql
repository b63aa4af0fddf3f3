{#-
    For fixtures of unit tests: the columns of crm_events that a fixture does not give, each of them null.

    given: list of names of columns.
-#}
{% macro other_crm_columns(given) -%}
    {%- for column in crm_source_columns() if column.category != 'partition' and column.column_name not in given -%}
    cast(null as {{ 'string' if column.data_type == 'varchar' else column.data_type }}) as {{ column.column_name }}
    {{- ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
