-- A message that a funnel loses, or counts at two grains, makes two reports of the same send disagree.
{%- set counts_of_messages = ['count(*) as messages'] %}
{%- set counts_of_funnels = ['sum(messages) as messages'] %}
{%- for stage in documented_stages() %}
    {%- do counts_of_messages.append('count(' ~ stage ~ '_at) as ' ~ stage ~ '_messages') %}
    {%- set count = stage ~ '_messages' %}
    {%- do counts_of_funnels.append('coalesce(sum(' ~ count ~ '), 0) as ' ~ count) %}
{%- endfor %}

with

messages as (
    select *
    from {{ ref('fct_messages') }}
    where not is_test or {{ var('include_test_messages') }}
),

all_messages as (
    select
        project_id,
        channel,
        {{ counts_of_messages | join(',\n        ') }},
        count(*) filter (where is_reached) as reached_messages,
        sum(open_count) as open_events,
        sum(click_count) as click_events
    from messages
    group by project_id, channel
),

journey_messages as (
    select
        project_id,
        channel,
        {{ counts_of_messages | join(',\n        ') }},
        count(*) filter (where is_reached) as reached_messages,
        sum(open_count) as open_events,
        sum(click_count) as click_events
    from messages
    where journey_id is not null
    group by project_id, channel
),

expected_counts as (
    select
        funnels.funnel,
        all_messages.*
    from (values ('campaign_funnel'), ('campaign_funnel_daily'), ('channel_funnel_daily')) as funnels (funnel)
    cross join all_messages
    union all
    select
        funnels.funnel,
        journey_messages.*
    from
        (
            values ('journey_funnel'), ('journey_step_funnel'), ('journey_step_funnel_daily')
        ) as funnels (funnel)
    cross join journey_messages
),

funnels as (
    select
        'campaign_funnel' as funnel,
        *
    from {{ ref('campaign_funnel') }}
    union all by name
    select
        'campaign_funnel_daily' as funnel,
        *
    from {{ ref('campaign_funnel_daily') }}
    union all by name
    select
        'channel_funnel_daily' as funnel,
        *
    from {{ ref('channel_funnel_daily') }}
    union all by name
    select
        'journey_funnel' as funnel,
        *
    from {{ ref('journey_funnel') }}
    union all by name
    select
        'journey_step_funnel' as funnel,
        *
    from {{ ref('journey_step_funnel') }}
    union all by name
    select
        'journey_step_funnel_daily' as funnel,
        *
    from {{ ref('journey_step_funnel_daily') }}
),

-- A stage that a channel cannot report is null in the funnel, and no message has it.
funnel_counts as (
    select
        funnel,
        project_id,
        channel,
        {{ counts_of_funnels | join(',\n        ') }},
        sum(reached_messages) as reached_messages,
        coalesce(sum(open_events), 0) as open_events,
        coalesce(sum(click_events), 0) as click_events
    from funnels
    group by funnel, project_id, channel
)

(
    select
        'the messages say' as source,
        *
    from expected_counts
    except
    select
        'the messages say' as source,
        *
    from funnel_counts
)
union all
(
    select
        'the funnel says' as source,
        *
    from funnel_counts
    except
    select
        'the funnel says' as source,
        *
    from expected_counts
)
