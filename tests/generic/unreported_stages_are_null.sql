{#-
    A count of a stage is null where the channel cannot report the stage, and only there: 0 says that it could and did
    not happen.

    Every model that counts stages by channel has it; conventions/ checks that. counts: names of the counts that the
    model has; without, those of a funnel.
-#}
{% test unreported_stages_are_null(model, counts=none) %}
{%- set stage_of = {'open_events': 'opened', 'click_events': 'clicked', 'clicked_recipients': 'clicked'} %}
{%- for stage in documented_stages() %}
    {%- do stage_of.update({stage ~ '_messages': stage}) %}
{%- endfor %}

select *
from {{ model }}
where
    {%- for count in counts or stage_of %}
    {%- set stage = stage_of[count] %}
    {{ 'or ' if not loop.first }}({{ count }} is null) <> {% if channels_without(stage) -%}
        (channel in ({{ channels_without(stage) }}))
    {%- else -%}
        false
    {%- endif %}
    {%- endfor %}
{% endtest %}
