{#-
    The counts of a funnel are those of the messages themselves, by project and channel: a message that a funnel loses,
    or counts twice, makes two reports of the same send disagree.

    of: condition on fct_messages, the messages that the funnel counts. A null counts as zero. Recipients and
    enrollments are left out: a person or a run can be in several rows.
-#}
{% test funnel_counts_every_message(model, of='true') %}
with

messages as (
    select *
    from {{ ref('fct_messages') }}
    where
        (not is_test or {{ var('include_test_messages', false) }})
        and {{ of }}
),

funnel_sums as (
    select
        project_id,
        channel,
        {%- for count in funnel_counts() %}
        coalesce(sum({{ count }}), 0) as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
    group by project_id, channel
),

message_sums as (
    select
        project_id,
        channel,
        count(*) as messages,
        {%- for stage in documented_stages() %}
        coalesce({{ if_reported(stage, 'count(' ~ stage ~ '_at)') }}, 0) as {{ stage }}_messages,
        {%- endfor %}
        count(*) filter (where is_reached) as reached_messages,
        coalesce({{ if_reported('opened', 'sum(open_count)') }}, 0) as open_events,
        coalesce({{ if_reported('clicked', 'sum(click_count)') }}, 0) as click_events
    from messages
    group by project_id, channel
)

(select * from funnel_sums except select * from message_sums)
union all
(select * from message_sums except select * from funnel_sums)
{% endtest %}
