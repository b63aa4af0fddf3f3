-- One row per accepted event and column rule that it breaks.
{{ config(materialized='stable_view') }}

{#- Rules of several channels with the same condition are looked for together. -#}
{%- set searches = {} -%}
{%- for rule in column_rules() -%}
    {%- set violation = column_rule_violation(rule) -%}
    {%- set search = searches.setdefault(rule.rule ~ violation, {
        'rule': rule,
        'violation': violation,
        'channels': [],
    }) -%}
    {%- do search.channels.append(rule.channel) -%}
{%- endfor %}

{%- for search in searches.values() %}
    select
        project_id,
        event_date,
        event_id,
        event_type,
        channel,
        '{{ search.rule.rule }}' as rule,
        '{{ search.rule.column_name }}' as column_name,
        cast({{ search.rule.model_column }} as string) as value
    from {{ ref('stg_flarelane__crm_events') }}
    where channel in ({{ quoted_list(search.channels) }}) and {{ search.violation }}
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
