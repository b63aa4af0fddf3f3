-- A stage before its message begins belongs to an earlier send: the event was linked to the wrong message,
-- and every rate and delay of both is off.
{%- set stage_times = [] %}
{%- for stage in documented_stages() %}
    {%- do stage_times.append(stage ~ '_at') %}
{%- endfor %}

select
    project_id,
    message_id,
    message_at,
    created_at,
    has_created
from {{ ref('fct_messages') }}
where
    message_at is distinct from least(
        {{ stage_times | join(',\n        ') }}
    )
    or created_at <> message_at
    or (created_at is not null) <> has_created
