{#- How long after its `created` an event still belongs to a message: an interval, from message_window_days. -#}
{% macro message_window() -%}
    interval '{{ var("message_window_days") * 24 }} hours'
{%- endmacro %}
