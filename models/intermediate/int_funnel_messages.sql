-- One row per message that counts in the funnels, with what they add up.
with

messages as (
    select
        *,
        {{ reached_at() }} as reached_at
    from {{ ref('int_messages') }}
    {%- if not var('include_test_messages') %}
    where not is_test
    {%- endif %}
)

select
    *,
    -- An in-app message is not sent: it is created and then shown.
    {{ seconds_between(
        "case when channel in (" ~ channels_without('sent') ~ ") then created_at else sent_at end",
        'delivered_at',
    ) }} as seconds_to_delivery,
    {{ seconds_between('reached_at', 'clicked_at') }} as seconds_to_click
from messages
