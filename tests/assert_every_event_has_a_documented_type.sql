-- An event whose type, channel and stage are not documented together is counted at the wrong stage.
with

events as (
    select distinct
        event_type,
        channel,
        event_stage
    from {{ ref('stg_flarelane__crm_events') }}
),

event_types as (
    select * from {{ ref('event_types') }}
)

select events.*
from events
left join event_types
    on
        events.event_type = event_types.event_type
        and events.channel = event_types.channel
        and events.event_stage = event_types.event_stage
where event_types.event_type is null
