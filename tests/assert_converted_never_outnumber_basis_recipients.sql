-- Whoever converted got a message with a basis time first: a rate above 1 is an error.
with

counts as (
    select
        'campaign_conversions' as model,
        goal,
        project_id,
        channel,
        basis_messages,
        basis_recipients,
        converted_recipients,
        conversions
    from {{ ref('campaign_conversions') }}
    union all
    select
        'campaign_conversions_daily' as model,
        goal,
        project_id,
        channel,
        basis_messages,
        basis_recipients,
        converted_recipients,
        conversions
    from {{ ref('campaign_conversions_daily') }}
    union all
    select
        'journey_conversions' as model,
        goal,
        project_id,
        channel,
        basis_messages,
        basis_recipients,
        converted_recipients,
        conversions
    from {{ ref('journey_conversions') }}
    union all
    select
        'journey_step_conversions' as model,
        goal,
        project_id,
        channel,
        basis_messages,
        basis_recipients,
        converted_recipients,
        conversions
    from {{ ref('journey_step_conversions') }}
)

select *
from counts
where
    converted_recipients > basis_recipients
    or basis_recipients > basis_messages
    or basis_messages < 1
    or (conversions = 0) <> (converted_recipients = 0)
