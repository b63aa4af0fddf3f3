-- One row per project, date and campaign or journey: the name that its last named event of the day gave it.
{{ config(materialized='partitioned', upstream='base_flarelane__duplicate_crm_rows') }}

with

events as (
    select * from {{ ref('stg_flarelane__crm_events') }}
),

named_events as (
    {%- for entity in ('campaign', 'journey') %}
    select
        project_id,
        event_date,
        '{{ entity }}' as entity,
        {{ entity }}_id as entity_id,
        {{ entity }}_name as name,
        event_at,
        event_id
    from events
    {{ join_changed_parts('events') }}
    where {{ entity }}_id is not null and {{ entity }}_name is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Few names a day, so the ids that settle a tie are compared for the last instant of each alone.
last_instants as (
    select
        project_id,
        event_date,
        entity,
        entity_id,
        max(event_at) as named_at
    from named_events
    group by project_id, event_date, entity, entity_id
)

select
    last_instants.project_id,
    last_instants.event_date,
    last_instants.entity,
    last_instants.entity_id,
    last_instants.named_at,
    {{ last_by('named_events.name', 'named_events.event_id') }} as name
from named_events
inner join last_instants
    on
        named_events.project_id = last_instants.project_id
        and named_events.event_date = last_instants.event_date
        and named_events.entity = last_instants.entity
        and named_events.entity_id = last_instants.entity_id
        and named_events.event_at = last_instants.named_at
group by
    last_instants.project_id,
    last_instants.event_date,
    last_instants.entity,
    last_instants.entity_id,
    last_instants.named_at
