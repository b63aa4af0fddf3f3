{#-
    A rule of a channel's column holds: no more of its events break it than the variables tolerate.

    Reads the counts of column_rule_results. A day of the export for which the rule has no count
    fails whatever is tolerated: a rule that was not evaluated is not a rule that holds.

    channel, rule, column_name: which of the rules.
-#}
{% test column_rule_holds(model, channel, rule, column_name) %}
{%- set error_above = var('column_rule_error_above', 0) -%}
{{ config(
    fail_calc='coalesce(sum(violations), 0)',
    warn_if='> ' ~ var('column_rule_warn_above', 0),
    error_if='> ' ~ error_above,
) }}

with

results as (
    select
        project_id,
        event_date,
        violations
    from {{ model }}
    where
        channel = '{{ channel }}'
        and rule = '{{ rule }}'
        and column_name = '{{ column_name }}'
),

days_with_violations as (
    select
        project_id,
        event_date,
        violations,
        'events break the rule' as reason
    from results
    where violations > 0
),

days_without_results as (
    select
        export_days.project_id,
        export_days.event_date,
        {{ error_above }} + 1 as violations,
        'the rule was not evaluated' as reason
    from {{ ref('export_reconciliation') }} as export_days
    left join results
        on
            export_days.project_id = results.project_id
            and export_days.event_date = results.event_date
    where results.project_id is null
)

select * from days_with_violations
union all
select * from days_without_results
{% endtest %}
