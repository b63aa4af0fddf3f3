{#-
    The stages in the order in which they decide a message's status: the first that a message has is its status.
-#}
{% macro message_status_order() %}
    {{ return([
        'complained',
        'clicked',
        'closed',
        'opened',
        'delivered',
        'undelivered',
        'failed',
        'aborted',
        'sent',
        'created',
    ]) }}
{% endmacro %}

{#- The channels that report a stage, as a list of texts for SQL's `in`. stage: a name of documented_stages(). -#}
{% macro channels_with(stage) -%}
    {%- for channel in documented_channels() if stage in channel_stages(channel) -%}
    '{{ channel }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The channels that cannot report a stage, as channels_with() has those that can. stage: a name of
    documented_stages(). -#}
{% macro channels_without(stage) -%}
    {%- for channel in documented_channels() if stage not in channel_stages(channel) -%}
    '{{ channel }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
    When a message reached its recipient: its delivery; for a channel that reports none, its sending.

    Null where it did not. Reads channel and the stage times.
-#}
{% macro reached_at() -%}
    case
        when channel in ({{ channels_without('delivered') }}) then sent_at
        else delivered_at
    end
{%- endmacro %}

{#- Where a message's delivery time starts: its sending; an in-app message is not sent, but created and then shown. -#}
{% macro delivery_starts_at() -%}
    case
        when channel in ({{ channels_without('sent') }}) then created_at
        else sent_at
    end
{%- endmacro %}

{#- Whether a message reached its recipient. -#}
{% macro is_reached() -%}
    ({{ reached_at() }}) is not null
{%- endmacro %}
