{#- dbt-spark's seeds know no type `varchar`, break on an apostrophe, and write `None` for nothing. -#}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set types = model.config.get('column_types', {}) -%}
    {%- set fields = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do fields.append(name ~ ' ' ~ spark_type(types.get(name, adapter.convert_type(agate_table, loop.index0)))) -%}
    {%- endfor -%}
    {%- set sql = "create table " ~ this.render() ~ " (" ~ fields | join(", ") ~ ") using parquet" -%}
    {%- call statement('_') -%}{{ sql }}{%- endcall -%}
    {{ return(sql) }}
{% endmacro %}

{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model.config.get('column_types', {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set cells = [] -%}
        {%- for name in agate_table.column_names -%}
            {%- set type = spark_type(types.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
            {%- set cell = "null" if row[name] is none else spark_text(row[name] | string) -%}
            {%- do cells.append("cast(" ~ cell ~ " as " ~ type ~ ")") -%}
        {%- endfor -%}
        {%- do rows.append("(" ~ cells | join(", ") ~ ")") -%}
    {%- endfor -%}
    {%- if not rows -%}{{ return('') }}{%- endif -%}
    {%- set sql = "insert into " ~ this.render() ~ " values " ~ rows | join(", ") -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{% endmacro %}
