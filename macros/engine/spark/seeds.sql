{#- dbt-spark's seeds know no type `varchar`, break on an apostrophe, and write `None` for nothing. They drop the table, and
    a build that is killed in the midst of that leaves a folder that no table can be made over: here the table stays. -#}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set types = model.config.get('column_types', {}) -%}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do columns.append(
            "`" ~ name ~ "` " ~ spark_type(types.get(name, adapter.convert_type(agate_table, loop.index0)))
        ) -%}
    {%- endfor -%}
    {%- do create_table_of(this, columns) -%}
    {%- if not agate_table.rows -%}{%- do empty_table(this) -%}{%- endif -%}
    {{ return('') }}
{% endmacro %}

{% macro spark__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {{ return(spark__create_csv_table(model, agate_table)) }}
{% endmacro %}

{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model.config.get('column_types', {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set cells = [] -%}
        {%- for name in agate_table.column_names -%}
            {%- set type = spark_type(types.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
            {%- set cell = "null" if row[name] is none else text_literal(row[name]) -%}
            {%- do cells.append("cast(" ~ cell ~ " as " ~ type ~ ")") -%}
        {%- endfor -%}
        {%- do rows.append("(" ~ cells | join(", ") ~ ")") -%}
    {%- endfor -%}
    {%- if not rows -%}{{ return('') }}{%- endif -%}
    {%- set sql = "insert overwrite " ~ this.render() ~ " values " ~ rows | join(", ") -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{% endmacro %}
