-- One row per goal and message that its conversions can be credited to: what the message is credited with.
with

goals as (
    select * from {{ ref('int_conversion_goals') }}
),

basis_messages as (
    select * from {{ ref('int_basis_messages') }}
),

-- Full credit once a campaign: of a campaign's messages that have an event's credit, the last one counts it.
conversions as (
    select
        *,
        row_number() over (
            partition by row_key, goal, campaign_id, channel
            order by touch_number desc
        ) = 1 as is_last_of_campaign
    from {{ ref('int_conversions') }}
),

credit as (
    select
        goal,
        message_row_key,
        count(*) filter (where is_last_of_campaign) as conversions,
        count(*) filter (where is_first_touch) as first_touch_conversions,
        count(*) filter (where is_last_touch) as last_touch_conversions,
        {{ sum_in_any_order('linear_share') }} as linear_conversions,
        sum(amount) filter (where is_last_of_campaign) as revenue,
        sum(amount) filter (where is_first_touch) as first_touch_revenue,
        sum(amount) filter (where is_last_touch) as last_touch_revenue,
        {{ sum_in_any_order('cast(amount as double) * linear_share') }} as linear_revenue
    from conversions
    group by goal, message_row_key
)

select
    goals.goal,
    basis_messages.project_id,
    basis_messages.message_id,
    basis_messages.campaign_id,
    basis_messages.channel,
    basis_messages.message_date,
    basis_messages.person_key,
    credit.message_row_key is not null as is_converted,
    coalesce(credit.conversions, 0) as conversions,
    coalesce(credit.first_touch_conversions, 0) as first_touch_conversions,
    coalesce(credit.last_touch_conversions, 0) as last_touch_conversions,
    coalesce(credit.linear_conversions, 0) as linear_conversions,
    credit.revenue,
    credit.first_touch_revenue,
    credit.last_touch_revenue,
    credit.linear_revenue
from basis_messages
inner join goals
    on
        basis_messages.goal_basis = goals.basis
        and (goals.project_id is null or basis_messages.project_id = goals.project_id)
left join credit
    on goals.goal = credit.goal and basis_messages.message_row_key = credit.message_row_key
