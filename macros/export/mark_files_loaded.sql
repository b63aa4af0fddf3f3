{#- A statement that notes the files of a table as loaded, in the transaction that loads them. -#}
{% macro mark_files_loaded(source_table) -%}
    update {{ ref('export_files') }}
    set state = 'loaded', loaded_at = {{ now_utc() }}
    where
        source_table = '{{ source_table }}'
        and state = 'pending'
        and (project_id || '/' || partition_date) in (
            select part from {{ build_state() }} where model = '{{ model.name }}'
        )
{%- endmacro %}
