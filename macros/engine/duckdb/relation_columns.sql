{% macro duckdb__relation_columns(relations) -%}
select
    table_name as relation_name,
    column_name
from information_schema.columns
where
    table_catalog = '{{ target.database }}'
    and (table_schema, table_name) in (
        {%- for relation in relations %}
        ('{{ relation.schema }}', '{{ relation.identifier }}'){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
