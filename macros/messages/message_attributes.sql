{#-
    What a message takes from its events: of each column the first value that is not null, in event order.

    A list of column names of stg_flarelane__crm_events.
-#}
{% macro message_attributes() %}
    {{ return([
        'trigger_type',
        'journey_id',
        'journey_step_id',
        'journey_enrollment_id',
        'recurring_message_id',
        'template_id',
        'platform',
        'provider',
        'message_type',
        'is_advertisement',
        'device_id',
        'user_id',
        'error',
    ]) }}
{% endmacro %}

{#- Which message attributes an event has: a smallint of one bit each, so that linking need not carry the texts. -#}
{% macro filled_attributes() -%}
    cast(
        {%- for column in message_attributes() %}
        case when {{ column }} is null then 0 else {{ 2 ** loop.index0 }} end
        {{- ' +' if not loop.last }}
        {%- endfor %}
        as smallint
    )
{%- endmacro %}

{#- Whether a number has a bit that another lacks. number, other: expressions of integers. -#}
{% macro has_more_bits(number, other) -%}
    ({{ number }} & ~{{ other }}) <> 0
{%- endmacro %}
