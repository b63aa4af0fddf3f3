-- One row per project, date and thing that has a name: the name that its last named event of the day gave it.
{{ config(materialized='partitioned') }}
{#- What is named: the column of its id, and that of the name. -#}
{%- set named = {
    'campaign': ['campaign_id', 'campaign_name'],
    'journey': ['journey_id', 'journey_name'],
    'template': ['template_id', 'template_name'],
    'recurring_message': ['recurring_message_id', 'campaign_name'],
} %}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

events as {{ inlined() }} (
    select events.*
    from {{ ref('stg_flarelane__crm_events') }} as events
    semi join partitions
        on events.project_id = partitions.project_id and events.event_date = partitions.event_date
),

{%- for entity, (id, name) in named.items() %}

{{ entity }}_names as (
    select
        project_id,
        event_date,
        {{ id }} as entity_id,
        {{ name }} as name,
        max(event_at) as named_at
    from events
    where {{ id }} is not null and {{ name }} is not null
    group by project_id, event_date, {{ id }}, {{ name }}
),

ranked_{{ entity }}_names as (
    select
        *,
        rank() over (partition by project_id, event_date, entity_id order by named_at desc) as name_rank,
        count(*) over (partition by project_id, event_date, entity_id) as names
    from {{ entity }}_names
),

last_{{ entity }}_names as (
    select * from ranked_{{ entity }}_names
    where name_rank = 1
),

-- Two names at one instant: the event id decides, so only these are looked up.
tied_{{ entity }}_names as (
    select
        names.project_id,
        names.event_date,
        names.entity_id,
        names.name,
        max(events.event_id) as event_id
    from events
    inner join last_{{ entity }}_names as names
        on
            events.project_id = names.project_id
            and events.event_date = names.event_date
            and events.{{ id }} = names.entity_id
            and events.{{ name }} = names.name
            and events.event_at = names.named_at
    where names.names > 1
    group by names.project_id, names.event_date, names.entity_id, names.name
),

daily_{{ entity }}_names as (
    select
        names.project_id,
        names.event_date,
        '{{ entity }}' as entity,
        names.entity_id,
        names.named_at,
        {{ last_by('names.name', "coalesce(ties.event_id, '')") }} as name
    from last_{{ entity }}_names as names
    left join tied_{{ entity }}_names as ties
        on
            names.project_id = ties.project_id
            and names.event_date = ties.event_date
            and names.entity_id = ties.entity_id
            and names.name = ties.name
    group by names.project_id, names.event_date, names.entity_id, names.named_at
){{ ',' if not loop.last }}
{%- endfor %}

{%- for entity in named %}
select * from daily_{{ entity }}_names
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
