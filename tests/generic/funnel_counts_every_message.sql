{#-
    The counts of a funnel are those of the messages themselves: a message that a funnel loses, or counts twice, makes two
    reports of the same send disagree. A row that fails says where: what the messages say is expected.

    grain: list of the funnel's columns that make a row; fct_messages has them too. of: condition on fct_messages, the
    messages that the funnel counts. A null counts as zero. Recipients and enrollments are left out: a person or a run can
    be in several rows.
-#}
{% test funnel_counts_every_message(model, grain, of='true') %}
with

messages as (
    select *
    from {{ ref('fct_messages') }}
    where
        (not is_test or {{ var('include_test_messages', false) }})
        and {{ of }}
),

found_counts as (
    select
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        {%- for count in funnel_counts() %}
        coalesce(sum({{ count }}), 0) as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
    group by {{ grain | join(', ') }}
),

expected_counts as (
    select
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        count(*) as messages,
        {%- for stage in documented_stages() %}
        coalesce({{ if_reported(stage, 'count(' ~ stage ~ '_at)') }}, 0) as {{ stage }}_messages,
        {%- endfor %}
        count(*) filter (where is_reached) as reached_messages,
        coalesce({{ if_reported('opened', 'sum(open_count)') }}, 0) as open_events,
        coalesce({{ if_reported('clicked', 'sum(click_count)') }}, 0) as click_events
    from messages
    group by {{ grain | join(', ') }}
)

{{ counts_that_differ(model.identifier | default(model), grain) }}
{% endtest %}
