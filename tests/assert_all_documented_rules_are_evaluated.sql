-- A rule that is missing from the results on a day says nothing, and silence looks like success.
with

channels as (
    select distinct channel from {{ ref('event_types') }}
),

channel_columns as (
    select * from {{ ref('channel_columns') }}
),

own_columns as (
    select column_name
    from {{ ref('source_columns') }}
    where source_table = 'crm_events' and category in ('shared', 'channel')
),

required_columns as (
    select
        channel,
        'required' as rule,
        column_name
    from channel_columns
    where usage = 'required'
),

unpopulated_columns as (
    select
        channels.channel,
        'always_null' as rule,
        own_columns.column_name
    from channels
    cross join own_columns
    left join channel_columns
        on
            channels.channel = channel_columns.channel
            and own_columns.column_name = channel_columns.column_name
    where channel_columns.channel is null
),

documented_rules as (
    select * from required_columns
    union all
    select * from unpopulated_columns
    union all
    select
        channel,
        rule,
        column_name
    from {{ ref('column_value_rules') }}
),

expected_results as (
    select
        export_days.project_id,
        export_days.event_date,
        documented_rules.channel,
        documented_rules.rule,
        documented_rules.column_name
    from {{ ref('export_reconciliation') }} as export_days
    cross join documented_rules
),

results as (
    select
        project_id,
        event_date,
        channel,
        rule,
        column_name,
        count(*) as result_rows
    from {{ ref('column_rule_results') }}
    group by project_id, event_date, channel, rule, column_name
)

select
    coalesce(expected_results.project_id, results.project_id) as project_id,
    coalesce(expected_results.event_date, results.event_date) as event_date,
    coalesce(expected_results.channel, results.channel) as channel,
    coalesce(expected_results.rule, results.rule) as rule,
    coalesce(expected_results.column_name, results.column_name) as column_name,
    results.result_rows
from expected_results
full join results
    on
        expected_results.project_id = results.project_id
        and expected_results.event_date = results.event_date
        and expected_results.channel = results.channel
        and expected_results.rule = results.rule
        and expected_results.column_name = results.column_name
where results.result_rows is distinct from 1 or expected_results.project_id is null
