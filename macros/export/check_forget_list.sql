{#- Stop before anything runs when the list of people to forget cannot be read or makes no sense: see docs/erasure.md. -#}
{% macro check_forget_list() %}
    {%- if not execute or flags.WHICH not in ('build', 'run') -%}{{ return('') }}{%- endif -%}
    {%- set problem = run_query("select " ~ forget_list_problem()).rows[0][0] -%}
    {%- if problem -%}{{ exceptions.raise_compiler_error(problem) }}{%- endif -%}
{% endmacro %}
