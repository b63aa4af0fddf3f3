{#- Stops with what keeps a store from being listed: what a query says of that has pages of Java's around it. -#}
{% macro spark__open_export() -%}
    {%- if not execute or '://' not in export_root() -%}{{ return('') }}{%- endif -%}
    {%- do export_view('store_of_export', {'view': 'store', 'root': export_root()}) -%}
    {%- set problem = run_query("select problem from store_of_export").rows[0][0] -%}
    {%- if problem -%}{{ exceptions.raise_compiler_error(problem) }}{%- endif -%}
    {{ return('') }}
{%- endmacro %}

{#- Make a temporary view of what plugins/pyspark_flarelane.py says of the export. Runs a query. name: of the view.
    options: dict; lists and dicts in it are handed over as JSON. -#}
{% macro export_view(name, options) -%}
    {%- do run_query(
        "create or replace temporary view " ~ name ~ " using flarelane_export options (" ~ export_options(options) ~ ")"
    ) -%}
{%- endmacro %}

{#- The options of a view of the export as Spark SQL. options: see export_view(). -#}
{% macro export_options(options) -%}
    {%- set settings = [] -%}
    {%- for option, value in options.items() -%}
        {%- set text = value if value is string else tojson(value) -%}
        {%- do settings.append(option ~ " = " ~ text_literal(text)) -%}
    {%- endfor -%}
    {{- return(settings | join(", ")) -}}
{%- endmacro %}
