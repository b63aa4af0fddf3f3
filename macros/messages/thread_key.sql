{#-
    The thread of an event: same project, channel, campaign and recipient, where the recipient is the device, else
    the user, else the hash of the address. The kind of recipient is part of it, so that a device and a user of one
    name stay apart. Reads the columns of stg_flarelane__crm_events.
-#}
{% macro thread_key() -%}
    {{ hash_number([
        'project_id',
        'channel',
        'campaign_id',
        'case when device_id is not null then 1 when user_id is not null then 2 else 3 end',
        'coalesce(device_id, user_id, recipient_hash)',
    ]) }}
{%- endmacro %}
