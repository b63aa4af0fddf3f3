{#-
    The stage that an event type stands for, from the documented event types: the part after the dot but for a few.

    event_type: expression of an accepted event's type.
-#}
{% macro event_stage(event_type) -%}
    case {{ event_type }}
        {%- for event in documented_event_types() if event.event_stage != event.event_type.split('.')[1] %}
        when '{{ event.event_type }}' then '{{ event.event_stage }}'
        {%- endfor %}
        else split_part({{ event_type }}, '.', 2)
    end
{%- endmacro %}
