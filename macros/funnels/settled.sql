{#- A query of the newest accepted event of each project: project_id, newest_event_at. -#}
{% macro newest_events() -%}
select
    project_id,
    max(newest_event_at) as newest_event_at
from {{ ref('int_daily_newest_events') }}
group by project_id
{%- endmacro %}

{#- Whether no event can join a day's messages any more: an expression. The query has counts, with last_message_at, and
    newest_events, see there. -#}
{% macro is_settled() -%}
    newest_events.newest_event_at > counts.last_message_at + {{ message_window() }}
{%- endmacro %}
