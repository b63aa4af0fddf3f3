{#-
    A query of the goals that say nothing so far: goal, and why in words. A goal that no accepted customer event ever met,
    and one whose events all lack a number at its amount_path. Most likely the type or a path is misspelt.
-#}
{% macro goals_without_effect() -%}
with

goal_events as (
    select
        goal,
        sum(goal_events) as goal_events,
        count(goal_revenue) as days_with_amounts
    from {{ ref('goal_conversions_daily') }}
    group by goal
)

select
    goals.goal,
    case
        when goal_events.goal is null
            then 'no accepted customer event of the export ever met it: look at its event_type'
            || case when goals.project_id <> '' then ', project_id' else '' end
            || case when goals.property_path <> '' then ', property_path and property_value' else '' end
        else 'none of its ' || goal_events.goal_events || ' events has a number at its amount_path, ' || goals.amount_path
    end as problem
from {{ ref('conversion_goals') }} as goals
left join goal_events on goals.goal = goal_events.goal
where
    goal_events.goal is null
    or (goals.amount_path <> '' and goal_events.days_with_amounts = 0)
{%- endmacro %}

{#- Name the goals that say nothing so far in warnings, where a test that asks for them runs. -#}
{% macro warn_of_goals_without_effect() -%}
    {%- if execute and flags.WHICH in ('build', 'test') -%}
        {%- for row in run_query(goals_without_effect() ~ ' order by goals.goal').rows -%}
            {%- do exceptions.warn("Goal '" ~ row[0] ~ "' of conversion_goals: " ~ row[1] ~ ".") -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
