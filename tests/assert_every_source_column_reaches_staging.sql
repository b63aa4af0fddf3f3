-- A column of the export that staging leaves out is lost to every model behind it.
{%- set columns_by_model = [
    [ref('stg_flarelane__crm_events'), crm_source_columns()],
    [ref('stg_flarelane__customer_events'), customer_source_columns()],
] %}
{%- set documented_columns = [] %}
{%- for model, columns in columns_by_model %}
    {%- for column in columns %}
        {%- do documented_columns.append([model.identifier, column.model_column]) %}
    {%- endfor %}
{%- endfor %}

with

documented_columns (relation_name, column_name) as (
    values
    {%- for column in documented_columns %}
        ({{ quoted_list(column) }}){{ ',' if not loop.last }}
    {%- endfor %}
),

staged_columns as (
    {{ relation_columns(columns_by_model | map('first') | list) | indent(4) }}
)

select
    relation_name,
    column_name
from documented_columns
except
select
    relation_name,
    column_name
from staged_columns
