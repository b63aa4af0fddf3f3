{#-
    Columns that are never null, all looked at in one scan: a failed row names the column, and how many rows lack a value.

    columns: list of column names.
-#}
{% test filled_columns(model, columns) %}

with

nulls as (
    select
        {%- for column in columns %}
        count(*) - count({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
)

{%- for column in columns %}
{{ 'union all' if not loop.first }}
select
    '{{ column }}' as column_name,
    {{ column }} as rows_without_a_value
from nulls
where {{ column }} > 0
{%- endfor %}
{% endtest %}
