{#-
    Where the export lies: the variable export_root, else FLARELANE_EXPORT_ROOT, else the sample. No trailing slash, and
    none that is doubled, which DuckDB leaves out where it takes a path for a pattern.
-#}
{% macro export_root() -%}
    {%- set root = (var('export_root') or env_var('FLARELANE_EXPORT_ROOT', '') or sample_root()) | trim -%}
    {%- set root = root if '://' in root else modules.re.sub('/+', '/', root) -%}
    {{- return(root if root == '/' else root.rstrip('/')) -}}
{%- endmacro %}

{#- The part of a path that is below the export's root: an expression, which begins with /crm_events/ or /customer_events/.
    path: expression. -#}
{% macro below_root(path) -%}
    substring({{ path }}, {{ export_root() | length + 1 }})
{%- endmacro %}

{#- The part of a path of the export that is below its root, where a file lies that is loaded: a regular expression. Its groups
    are the folder of the project, that of the date, and the name. -#}
{% macro place_pattern() -%}
    {{- return('^/(?:crm|customer)_events/projectid=([^/]+)/date=([0-9]{4}-[0-9]{2}-[0-9]{2})/([^/]+[.]parquet)$') -}}
{%- endmacro %}

{#- The folder that `make sample` writes. -#}
{% macro sample_root() -%}
    {{- return('sample/export') -}}
{%- endmacro %}
