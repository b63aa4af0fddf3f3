-- One row per project, date, channel, rule and column: events checked, and events that break it.
{{ config(materialized='partitioned') }}

{#- What one pass over the events counts, and which count tells about which rule. -#}
{%- set counts = {} -%}
{%- set rule_rows = [] -%}
{%- for rule in column_rules() -%}
    {%- if rule.rule in ('required', 'always_null') -%}
        {%- set count_name = 'filled_' ~ rule.model_column -%}
        {%- set expression = 'count(' ~ rule.model_column ~ ')' -%}
    {%- else -%}
        {%- set count_name = rule.model_column ~ '_breaks_' ~ rule.rule -%}
        {%- set expression = 'count(*) filter (where ' ~ column_rule_violation(rule) ~ ')' -%}
        {%- if counts.get(count_name, expression) != expression -%}
            {%- set count_name = rule.channel ~ '_' ~ count_name -%}
        {%- endif -%}
    {%- endif -%}
    {%- do counts.update({count_name: expression}) -%}
    {%- do rule_rows.append([rule.channel, rule.rule, rule.column_name, count_name]) -%}
{%- endfor -%}
{%- set count_columns = [] -%}
{%- set count_cases = [] -%}
{%- for count_name, expression in counts.items() -%}
    {%- do count_columns.append(expression ~ ' as ' ~ count_name) -%}
    {%- do count_cases.append("when '" ~ count_name ~ "' then channel_days." ~ count_name) -%}
{%- endfor %}

with

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),

events as (
    select * from {{ ref('stg_flarelane__crm_events') }}
),

export_days as (
    select
        project_id,
        event_date
    from {{ ref('export_reconciliation') }} as reconciled_days
    semi join partitions
        on
            reconciled_days.project_id = partitions.project_id
            and reconciled_days.event_date = partitions.event_date
),

column_rules (channel, rule, column_name, count_name) as (
    values
    {%- for rule in rule_rows %}
        ({{ quoted_list(rule) }}){{ ',' if not loop.last }}
    {%- endfor %}
),

channel_days as (
    select
        project_id,
        event_date,
        channel,
        count(*) as events,
        {{ count_columns | join(',\n        ') }}
    from events
    semi join partitions
        on events.project_id = partitions.project_id and events.event_date = partitions.event_date
    group by project_id, event_date, channel
),

counted_rules as (
    select
        export_days.project_id,
        export_days.event_date,
        column_rules.channel,
        column_rules.rule,
        column_rules.column_name,
        coalesce(channel_days.events, 0) as checked_events,
        coalesce(
            case column_rules.count_name
                {{ count_cases | join('\n                ') }}
            end,
            0
        ) as counted_events
    from export_days
    cross join column_rules
    left join channel_days
        on
            export_days.project_id = channel_days.project_id
            and export_days.event_date = channel_days.event_date
            and column_rules.channel = channel_days.channel
)

select
    project_id,
    event_date,
    channel,
    rule,
    column_name,
    checked_events,
    case when rule = 'required' then checked_events - counted_events else counted_events end
        as violations
from counted_rules
