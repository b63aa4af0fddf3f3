{% macro duckdb__create_empty_table(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
    create table {{ relation }} (
        {%- for column in model.columns.values() %}
        {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    {%- else -%}
    create table {{ relation }} as select * from (
        {{ sql }}
    ) as rows_of_model limit 0
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__insert_rows(relation, sql) -%}
    insert into {{ relation }} by name (
        {{ sql }}
    )
{%- endmacro %}

{% macro duckdb__replace_rows(relation, sql) -%}
    {%- set staged = relation.identifier ~ '__new_rows' -%}
    {%- if reads_itself() -%}
    create or replace temporary table {{ staged }} as (
        {{ sql }}
    );
    {% endif -%}
    delete from {{ relation }} as stored
    {%- if not config.get('whole', false) %}
    using {{ state_table('partition_scope') }} as scope
    where
        scope.model = '{{ model.name }}'
        and scope.is_current
        and stored.project_id = scope.project_id
        and stored.{{ partition_column() }} = scope.event_date
        {%- if config.get('keys') %}
        and stored.{{ config.get('key_column') }} in (select {{ config.get('key_column') }} from {{ ref(config.get('keys')) }})
        {%- endif %}
    {%- endif %};
    {{ insert_rows(relation, 'select * from ' ~ staged if reads_itself() else sql) }}
    {%- if reads_itself() %};
    drop table {{ staged }}
    {%- endif %}
{%- endmacro %}
