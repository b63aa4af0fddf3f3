{#-
    A count of a stage is null where the channel cannot report the stage, and only there: 0 says that it could and did
    not happen.

    Every model that counts stages by channel has it; conventions/ checks that.
-#}
{% test unreported_stages_are_null(model) %}
{%- set stage_of = {'open_events': 'opened', 'click_events': 'clicked', 'clicked_recipients': 'clicked'} %}
{%- for stage in documented_stages() %}
    {%- do stage_of.update({stage ~ '_messages': stage}) %}
{%- endfor %}

select *
from {{ model }}
where
    {%- for count, stage in stage_of.items() %}
    {{ 'or ' if not loop.first }}({{ count }} is null) <> {% if channels_without(stage) -%}
        (channel in ({{ channels_without(stage) }}))
    {%- else -%}
        false
    {%- endif %}
    {%- endfor %}
{% endtest %}
