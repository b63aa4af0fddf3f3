{#- The views are those of plugins/pyspark_flarelane.py, which reads the file for each query: nothing of it is stored. -#}
{% macro spark__forget_list_problem() -%}
    {%- do export_view('forget_list_state', {'view': 'forget_list_state'}) -%}
    (select problem from forget_list_state)
{%- endmacro %}

{% macro spark__forget_list_fingerprint() -%}
    (select fingerprint from forget_list_state)
{%- endmacro %}
