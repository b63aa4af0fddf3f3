-- One row per goal, project, customer event and message that is credited with it.
{{ config(materialized='stable_view') }}

select
    ---------- keys
    goal,
    project_id,
    event_id,
    message_id,

    ---------- the message
    channel,
    campaign_id,
    journey_id,
    journey_step_id,
    message_date,
    person_key,

    ---------- the conversion
    basis,
    basis_at,
    converted_at,
    seconds_to_conversion,
    amount,
    currency,

    ---------- credit
    touches,
    touch_number,
    is_first_touch,
    is_last_touch,
    linear_share
from {{ ref('int_conversions') }}
