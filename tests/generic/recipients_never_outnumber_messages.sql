{#-
    A message has one recipient: more recipients than messages would mean that people are counted twice. A row that fails
    says where: no more than what is expected should be found.

    grain: list of the funnel's columns that make a row. counts_runs: whether the funnel counts enrollments too, which hold
    at least one message each.
-#}
{% test recipients_never_outnumber_messages(model, grain, counts_runs=false) %}
{%- set most = {'reached_recipients': 'reached_messages', 'clicked_recipients': 'clicked_messages'} %}
{%- if counts_runs %}
    {%- do most.update({'enrollments': 'messages'}) %}
{%- endif %}

{%- for count, limit in most.items() %}
select
    '{{ model.identifier | default(model) }}' as mart,
    {%- for column in grain %}
    {{ column }},
    {%- endfor %}
    '{{ count }}' as count_name,
    {{ limit }} as expected,
    {{ count }} as found
from {{ model }}
where {{ count }} > {{ limit }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endtest %}
