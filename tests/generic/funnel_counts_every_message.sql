{#-
    The counts of a funnel are those of the messages themselves, by project and channel.

    of_journeys: whether the funnel counts just messages with a journey. A null counts as zero. Recipients and
    enrollments are left out: a person or a run can be in several rows.
-#}
{% test funnel_counts_every_message(model, of_journeys=false) %}
with

funnel_sums as (
    select
        project_id,
        channel,
        {%- for stage in documented_stages() %}
        coalesce(sum({{ stage }}_messages), 0) as {{ stage }}_messages,
        {%- endfor %}
        coalesce(sum(open_events), 0) as open_events,
        coalesce(sum(click_events), 0) as click_events,
        sum(reached_messages) as reached_messages,
        sum(messages) as messages
    from {{ model }}
    group by project_id, channel
),

message_sums as (
    select
        project_id,
        channel,
        {%- for stage in documented_stages() %}
        case when channel in ({{ channels_with(stage) }}) then count({{ stage }}_at) else 0 end
            as {{ stage }}_messages,
        {%- endfor %}
        case when channel in ({{ channels_with('opened') }}) then sum(open_count) else 0 end as open_events,
        case when channel in ({{ channels_with('clicked') }}) then sum(click_count) else 0 end as click_events,
        count(reached_at) as reached_messages,
        count(*) as messages
    from {{ ref('int_funnel_messages') }}
    {%- if of_journeys %}
    where journey_id is not null
    {%- endif %}
    group by project_id, channel
)

(select * from funnel_sums except select * from message_sums)
union all
(select * from message_sums except select * from funnel_sums)
{% endtest %}
