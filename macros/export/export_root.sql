{#-
    Where the export lies: the variable export_root, else FLARELANE_EXPORT_ROOT, else the sample. No trailing slash, and
    none that is doubled, which DuckDB leaves out of the paths that it gives back. As in an SQL text, with apostrophes doubled.
-#}
{% macro export_root() -%}
    {%- set root = (var('export_root') or env_var('FLARELANE_EXPORT_ROOT', '') or sample_root()) | trim -%}
    {%- set root = root if '://' in root else modules.re.sub('/+', '/', root) -%}
    {{- return((root if root == '/' else root.rstrip('/')) | replace("'", "''")) -}}
{%- endmacro %}

{#- The folder that `make sample` writes. -#}
{% macro sample_root() -%}
    {{- return('sample/export') -}}
{%- endmacro %}
