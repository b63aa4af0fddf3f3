{#- A source column with empty texts as null. column: a dict of crm_source_columns() or customer_source_columns(). -#}
{% macro empty_to_null(column) -%}
    {%- if column.data_type == 'varchar' -%} nullif({{ column.column_name }}, '')
    {%- else -%} {{ column.column_name }}
    {%- endif -%}
{%- endmacro %}
