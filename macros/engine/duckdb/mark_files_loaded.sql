{% macro duckdb__mark_files_loaded(source_table) -%}
    update {{ ref('export_files') }}
    set state = 'loaded', loaded_at = {{ now_utc() }}
    where
        source_table = '{{ source_table }}'
        and state = 'pending'
        and (project_id, partition_date) in (
            select (inputs.project_id, inputs.event_date)
            from ({{ input_partitions([source_table]) }}) as inputs
            inner join {{ state_table('partition_builds') }} as built
                on
                    inputs.project_id = built.project_id
                    and inputs.event_date = built.event_date
                    and inputs.fingerprint = built.built_from
            where built.model = '{{ model.name }}'
        )
{%- endmacro %}
