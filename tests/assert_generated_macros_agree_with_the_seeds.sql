-- Models compile from the generated macros: without them, a change of a seed changes nothing.
{%- set macro_facts = [] %}
{%- for channel in documented_channels() %}
    {%- do macro_facts.append(['channels', channel]) %}
{%- endfor %}
{%- for event in documented_event_types() %}
    {%- do macro_facts.append(['event_types', event.values() | join(' ')]) %}
{%- endfor %}
{%- for column in crm_source_columns() %}
    {%- do macro_facts.append(['source_columns', 'crm_events ' ~ column.values() | join(' ')]) %}
{%- endfor %}
{%- for column in customer_source_columns() %}
    {%- do macro_facts.append(['source_columns', 'customer_events ' ~ column.values() | join(' ')]) %}
{%- endfor %}
{%- for channel in documented_channels() %}
    {%- for column in channel_columns(channel) %}
        {%- do macro_facts.append(['channel_columns', channel ~ ' ' ~ column]) %}
    {%- endfor %}
{%- endfor %}
{%- for rule in column_rules() if rule.rule == 'required' %}
    {%- do macro_facts.append(['channel_columns', rule.channel ~ ' required ' ~ rule.column_name]) %}
{%- endfor %}
{%- for rule in column_rules() if rule.rule not in ('required', 'always_null') %}
    {%- set parts = [
        rule.channel,
        rule.rule,
        rule.column_name,
        rule.allowed_values | join('|') if rule.allowed_values else none,
        rule.condition_column,
        rule.condition_values | join('|') if rule.condition_values else none,
        rule.minimum,
        rule.pattern,
    ] %}
    {%- set parts = parts | select('defined') | reject('none') | join(' ') %}
    {%- do macro_facts.append(['column_value_rules', parts]) %}
{%- endfor %}
{%- for rate in documented_rates() %}
    {%- set parts = [rate.rate, rate.numerator | join('|'), rate.base | join('|')] %}
    {%- do parts.append(rate.base_without_sent | join('|')) if rate.base_without_sent %}
    {%- do macro_facts.append(['funnel_rates', parts | join(' ')]) %}
{%- endfor %}

with

seed_facts as (
    select
        'channels' as seed,
        channel as fact
    from {{ ref('channels') }}
    union all
    select
        'event_types' as seed,
        concat_ws(' ', event_type, channel, event_stage) as fact
    from {{ ref('event_types') }}
    union all
    select
        'source_columns' as seed,
        concat_ws(' ', source_table, column_name, model_column, data_type, category) as fact
    from {{ ref('source_columns') }}
    union all
    select
        'channel_columns' as seed,
        concat_ws(' ', channel_columns.channel, source_columns.model_column) as fact
    from {{ ref('channel_columns') }} as channel_columns
    inner join {{ ref('source_columns') }} as source_columns
        on
            channel_columns.column_name = source_columns.column_name
            and source_columns.source_table = 'crm_events'
    union all
    select
        'channel_columns' as seed,
        concat_ws(' ', channel, 'required', column_name) as fact
    from {{ ref('channel_columns') }}
    where usage = 'required'
    union all
    select
        'column_value_rules' as seed,
        concat_ws(
            ' ',
            channel,
            rule,
            column_name,
            allowed_values,
            condition_column,
            condition_values,
            minimum,
            pattern
        ) as fact
    from {{ ref('column_value_rules') }}
    union all
    select
        'funnel_rates' as seed,
        concat_ws(' ', rate, numerator, base, base_without_sent) as fact
    from {{ ref('funnel_rates') }}
),

macro_facts (seed, fact) as (
    values
    {%- for fact in macro_facts %}
        ({{ quoted_list(fact) }}){{ ',' if not loop.last }}
    {%- endfor %}
)

(
    select * from seed_facts
    except all
    select * from macro_facts
)
union all
(
    select * from macro_facts
    except all
    select * from seed_facts
)
