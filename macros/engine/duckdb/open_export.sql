{#- The function open_export comes from plugins/flarelane_connection.py. It returns what is wrong, if anything. -#}
{% macro duckdb__open_export() -%}
    {%- if not execute or '://' not in export_root() -%}{{ return('') }}{%- endif -%}
    {{ stop_on_store_error("open_export(" ~ text_literal(export_root()) ~ ")") }}
    {#- Remote reads run as many at once as there are threads. -#}
    {%- if env_var('FLARELANE_THREADS', '0') | int < 1 -%}
        {%- do run_query("set threads = " ~ run_query("select greatest(8, current_setting('threads'))").rows[0][0]) -%}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{#- Stop with what a function says is wrong. call: SQL of a call that returns a message, '' for none. -#}
{% macro stop_on_store_error(call) -%}
    {%- set problem = run_query("select " ~ call).rows[0][0] -%}
    {%- if problem -%}{{ exceptions.raise_compiler_error(problem) }}{%- endif -%}
{%- endmacro %}
