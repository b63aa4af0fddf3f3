{% macro spark__relation_columns(relations) -%}
    {%- set columns = [] -%}
    {%- for relation in relations -%}
        {%- for column in adapter.get_columns_in_relation(relation) if execute -%}
            {%- do columns.append("('" ~ relation.identifier ~ "', '" ~ column.name ~ "')") -%}
        {%- endfor -%}
    {%- endfor -%}
    select
        relation_name,
        column_name
    from (values {{ columns | join(', ') or "('', '')" }}) as columns_of_relations (relation_name, column_name)
{%- endmacro %}
