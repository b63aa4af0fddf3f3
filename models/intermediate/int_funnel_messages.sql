-- One row per message that counts in the funnels.
select
    *,
    {{ reached_at() }} as reached_at,
    {{ reporting_hour('message_at') }} as message_hour
from {{ ref('int_messages') }}
{%- if not var('include_test_messages') %}
where not is_test
{%- endif %}
