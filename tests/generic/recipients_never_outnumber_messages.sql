{#-
    A message has one recipient: more recipients than messages would mean that people are counted twice.

    counts_runs: whether the funnel counts enrollments too, which hold at least one message each.
-#}
{% test recipients_never_outnumber_messages(model, counts_runs=false) %}
select *
from {{ model }}
where
    reached_recipients > reached_messages
    or clicked_recipients > clicked_messages
    {%- if counts_runs %}
    or enrollments > messages
    {%- endif %}
{% endtest %}
