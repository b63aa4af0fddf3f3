-- A message that is missing in a week makes people look less pressed, and its clicks vanish from the click rate.
{%- set counts = ['reached_messages', 'clicked_messages', 'aborted_messages'] %}

with

weeks_of_messages as (
    select
        project_id,
        {{ week_start('message_date') }} as week,
        count(*) filter (where is_reached) as reached_messages,
        count(clicked_at) as clicked_messages,
        count(aborted_at) as aborted_messages
    from {{ ref('fct_messages') }}
    where not is_test or {{ var('include_test_messages') }}
    group by project_id, week
)

{%- for model in [ref('person_weeks'), ref('message_pressure_weekly')] %},

weeks_of_{{ model.identifier }} as (
    select
        project_id,
        week
        {%- for count in counts %},
        sum({{ count }}) as {{ count }}
        {%- endfor %}
    from {{ model }}
    group by project_id, week
)
{%- endfor %}

{%- for model in ['person_weeks', 'message_pressure_weekly'] %}
(select * from weeks_of_messages except select * from weeks_of_{{ model }})
union all
(select * from weeks_of_{{ model }} except select * from weeks_of_messages)
{{ 'union all' if not loop.last }}
{%- endfor %}
