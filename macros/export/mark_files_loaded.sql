{#- A statement that notes the files of a table as loaded once their partition, as it is, was: in the same transaction.
    source_table: name of the source's table. -#}
{% macro mark_files_loaded(source_table) -%}
    update {{ ref('export_files') }}
    set state = 'loaded', loaded_at = {{ now_utc() }}
    where
        source_table = '{{ source_table }}'
        and state = 'pending'
        and (project_id || '/' || partition_date) in (
            select parts.part
            from ({{ upstream_parts(source_table) }}) as parts
            inner join {{ build_state() }} as built on parts.part = built.part and parts.fingerprint = built.built_from
            where built.model = '{{ model.name }}'
        )
{%- endmacro %}
