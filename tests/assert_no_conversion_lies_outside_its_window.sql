-- An event before the message, or after the goal's window, says nothing about the message.
select
    conversions.goal,
    conversions.project_id,
    conversions.event_id,
    conversions.message_id,
    conversions.seconds_to_conversion
from {{ ref('fct_conversions') }} as conversions
left join {{ ref('conversion_goals') }} as goals on conversions.goal = goals.goal
where
    goals.goal is null
    or conversions.seconds_to_conversion < 0
    or conversions.seconds_to_conversion > goals.window_hours * 3600.0
    or conversions.converted_at < conversions.basis_at
