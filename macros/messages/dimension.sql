{#-
    The select of a dimension of campaigns, journeys or templates.

    entity: 'campaign', 'journey' or 'template'; its id is <entity>_id in fct_messages, its names come from int_daily_names.
-#}
{% macro message_dimension(entity) -%}
with

messages as (
    select * from {{ ref('fct_messages') }} where {{ entity }}_id is not null
),

names as (
    {{ latest_names(entity) }}
),

channels as (
    select
        project_id,
        {{ entity }}_id,
        channel,
        count(*) as messages,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from messages
    group by project_id, {{ entity }}_id, channel
),

entities as (
    select
        project_id,
        {{ entity }}_id,
        {{ joined_texts('channel', ', ', 'channel') }} as channels,
        cast(sum(messages) as bigint) as messages,
        min(first_message_at) as first_message_at,
        max(last_message_at) as last_message_at
    from channels
    group by project_id, {{ entity }}_id
)

select
    entities.project_id,
    entities.{{ entity }}_id,
    names.name as {{ entity }}_name,
    entities.channels,
    entities.messages,
    entities.first_message_at,
    entities.last_message_at
from entities
left join names
    on entities.project_id = names.project_id and entities.{{ entity }}_id = names.entity_id
{%- endmacro %}

{#- One row per project and named thing: entity_id and its latest name. entity: one of int_daily_names. -#}
{% macro latest_names(entity) -%}
    select
        project_id,
        entity_id,
        {{ last_by('name', 'named_at') }} as name
    from {{ ref('int_daily_names') }}
    where entity = '{{ entity }}'
    group by project_id, entity_id
{%- endmacro %}
