{% macro duckdb__forget_list_problem() -%}
    forget_list_problem()
{%- endmacro %}

{% macro duckdb__forget_list_fingerprint() -%}
    forget_list_fingerprint()
{%- endmacro %}
