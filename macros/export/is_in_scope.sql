{#-
    Condition: a partition is within project_ids, start_date and end_date. True for objects outside partitions.

    project_id, partition_date: expressions.
-#}
{% macro is_in_scope(project_id, partition_date) -%}
    {%- set conditions = ['true'] -%}
    {%- if var('project_ids') -%}
        {%- set names = [] -%}
        {%- for name in var('project_ids') -%}
            {%- do names.append(text_literal(name)) -%}
        {%- endfor -%}
        {%- do conditions.append(project_id ~ " in (" ~ names | join(', ') ~ ")") -%}
    {%- endif -%}
    {%- if var('start_date') -%}
        {%- do conditions.append(partition_date ~ " >= date '" ~ var('start_date') ~ "'") -%}
    {%- endif -%}
    {%- if var('end_date') -%}
        {%- do conditions.append(partition_date ~ " <= date '" ~ var('end_date') ~ "'") -%}
    {%- endif -%}
    ({{ partition_date }} is null or ({{ conditions | join(' and ') }}))
{%- endmacro %}
