{#-
    A query with one row per object below a table of the export: path, size_bytes, modified_at (UTC), and the problem
    that keeps it from being read, where the listing shows one.

    table_name: crm_events or customer_events. Lists only; opens no file. With project_ids just their folders are listed.
-#}
{% macro list_export(table_name) -%}
    {{- return(adapter.dispatch('list_export', 'flarelane')(table_name)) -}}
{%- endmacro %}

{#- List a table of the export now. table_name: crm_events or customer_events. function: list_export, or
    list_export_ahead, after which list_export has nothing to do once. Runs queries. -#}
{% macro list_export_now(table_name, function) -%}
    {{- return(adapter.dispatch('list_export_now', 'flarelane')(table_name, function)) -}}
{%- endmacro %}
