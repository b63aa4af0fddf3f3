-- One row per message: a send request to one recipient, with the first time of each stage.
{{ config(materialized='stable_view') }}

select
    ---------- keys
    message_id,
    project_id,
    channel,
    campaign_id,

    ---------- time
    message_at,
    message_date,

    ---------- context
    {%- for column in message_attributes() if column not in ('device_id', 'user_id', 'error') %}
    {{ column }},
    {%- endfor %}

    ---------- recipient
    device_id,
    user_id,
    person_key,

    ---------- stages
    {%- for stage in documented_stages() %}
    {{ stage }}_at,
    {%- endfor %}

    ---------- totals
    open_count,
    click_count,
    event_count,

    ---------- outcome
    error,
    is_test,
    has_created,
    is_reached,
    status
from {{ ref('int_messages') }}
