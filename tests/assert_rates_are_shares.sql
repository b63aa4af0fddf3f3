-- A rate above 1 is read as an error, and is one unless orphans explain it: messages whose `created`, and
-- often whose base, the export lacks. Rows are campaigns with more messages above the base than orphans.
-- A click without an opening, as where images are blocked, is no error: click_to_open_rate is left out.
{{ config(severity='warn') }}

with

orphans as (
    select
        project_id,
        campaign_id,
        channel,
        count(*) as orphan_messages
    from {{ ref('fct_messages') }}
    where not has_created
    group by project_id, campaign_id, channel
),

campaign_rates as (
    {%- for rate in funnel_rates() if rate.name != 'click_to_open_rate' %}
    select
        project_id,
        campaign_id,
        channel,
        '{{ rate.name }}' as rate_name,
        {{ rate.name }} as rate,
        {{ rate.numerator }} as numerator,
        {{ rate.base }} as base
    from {{ ref('campaign_funnel') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    campaign_rates.project_id,
    campaign_rates.campaign_id,
    campaign_rates.channel,
    campaign_rates.rate_name,
    campaign_rates.rate,
    campaign_rates.numerator,
    campaign_rates.base,
    coalesce(orphans.orphan_messages, 0) as orphan_messages
from campaign_rates
left join orphans
    on
        campaign_rates.project_id = orphans.project_id
        and campaign_rates.campaign_id = orphans.campaign_id
        and campaign_rates.channel = orphans.channel
where
    campaign_rates.rate < 0
    or (
        campaign_rates.rate > 1
        and campaign_rates.numerator - campaign_rates.base > coalesce(orphans.orphan_messages, 0)
    )
