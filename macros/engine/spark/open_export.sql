{% macro spark__open_export() -%}{{ return('') }}{%- endmacro %}

{#- Make a temporary view of what plugins/pyspark_flarelane.py says of the export. Runs a query. name: of the view.
    options: dict; lists and dicts in it are handed over as JSON. -#}
{% macro export_view(name, options) -%}
    {%- set settings = [] -%}
    {%- for option, value in options.items() -%}
        {%- set text = value if value is string else tojson(value) -%}
        {%- do settings.append(option ~ " " ~ spark_text(text)) -%}
    {%- endfor -%}
    {%- do run_query(
        "create or replace temporary view " ~ name ~ " using flarelane_export options (" ~ settings | join(", ") ~ ")"
    ) -%}
{%- endmacro %}

{#- A text as Spark SQL. text: of any characters. -#}
{% macro spark_text(text) -%}
    {{- return("'" ~ text.replace('\\', '\\\\').replace("'", "\\'") ~ "'") -}}
{%- endmacro %}
