{#-
    Where the export lies: the variable export_root, else FLARELANE_EXPORT_ROOT, else the sample. No trailing slash.
-#}
{% macro export_root() -%}
    {%- set root = var('export_root') or env_var('FLARELANE_EXPORT_ROOT', '') or sample_root() -%}
    {{- return(root | trim | replace("'", "''") if root | trim == '/' else (root | trim).rstrip('/') | replace("'", "''")) -}}
{%- endmacro %}

{#- The folder that `make sample` writes. -#}
{% macro sample_root() -%}
    {{- return('sample/export') -}}
{%- endmacro %}
