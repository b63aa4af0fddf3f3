{#-
    Set the variables that the reader of a source takes its file names and columns from.

    The files are those of the partitions in scope of the model that is built. source_table: crm_events or
    customer_events.
-#}
{% macro use_files_of(source_table) -%}
    {{- return(adapter.dispatch('use_files_of', 'flarelane')(source_table)) -}}
{%- endmacro %}

{#-
    Let `dbt show` preview a model that reads a source: name the files that are loaded, and the key of hashes. Returns
    nothing, and does nothing in a build. source_table: crm_events or customer_events.
-#}
{% macro preview_files_of(source_table) -%}
    {{- return(adapter.dispatch('preview_files_of', 'flarelane')(source_table)) -}}
{%- endmacro %}

{#- The documented columns of a source's files and their types: a dict of texts. source_table: crm_events or
    customer_events. -#}
{% macro documented_types(source_table) -%}
    {%- set types = {} -%}
    {%- set columns = crm_source_columns() if source_table == 'crm_events' else customer_source_columns() -%}
    {%- for column in columns if column.category != 'partition' -%}
        {%- do types.update({column.column_name: column.data_type}) -%}
    {%- endfor -%}
    {{- return(types) -}}
{%- endmacro %}
