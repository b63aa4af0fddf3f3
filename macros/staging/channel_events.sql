{#- The accepted events of one channel: the common columns, and those that the channel populates. channel: the name. -#}
{% macro channel_events(channel) -%}
select
    ---------- event
    {%- for column in common_event_columns() %}
    {{ column }},
    {%- endfor %}

    ---------- what the channel populates
    {%- for column in channel_columns(channel) %}
    {%- if column == 'recipient_hash' and var('expose_recipients', false) %}
    recipient,
    {%- endif %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('stg_flarelane__crm_events') }}
where channel = '{{ channel }}'
{%- endmacro %}
