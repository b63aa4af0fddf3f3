{#-
    The select of a funnel's counts at one grain: messages by stage, events, people, times.

    grain: list of columns of int_funnel_messages, channel among them. With journey_id among them, messages without a
    journey are left out. dates: query of project_id and message_date to keep to, or none.
    parts: name of a model with the counts at a finer grain, whose sums are taken where a sum is right; or none, then
    all is counted.
    A stage that a channel cannot report is null. People and runs are counted in readings of their own, by the hash of
    the grain: a distinct count beside other aggregates makes all of them slow. So are medians.
-#}
{% macro funnel_counts(grain, dates=none, parts=none) -%}
with

outcomes as (
    {{ messages_of_funnel(grain, dates) }}
        {{ 'and' if 'journey_id' in grain else 'where' }} (messages.is_reached or messages.clicked_at is not null)
),

outcomes_by_person as (
    select
        {{ hash_number(grain) }} as grain_key,
        person_hash,
        bool_or(is_reached) as is_reached,
        bool_or(clicked_at is not null) as is_clicked
    from outcomes
    group by grain_key, person_hash
),

people as (
    select
        grain_key,
        count(*) filter (where is_reached) as reached_recipients,
        count(*) filter (where is_clicked) as clicked_recipients
    from outcomes_by_person
    group by grain_key
),

{%- if 'journey_id' in grain %}

journey_messages as (
    {{ messages_of_funnel(grain, dates) }}
),

messages_by_enrollment as (
    select
        {{ hash_number(grain) }} as grain_key,
        journey_enrollment_id
    from journey_messages
    group by grain_key, journey_enrollment_id
),

runs as (
    select
        grain_key,
        count(journey_enrollment_id) as enrollments
    from messages_by_enrollment
    group by grain_key
),
{%- endif %}

{%- if 'message_date' not in grain %}

timed_messages as (
    {{ messages_of_funnel(grain, dates) }}
        {{ 'and' if 'journey_id' in grain else 'where' }} (
            messages.microseconds_to_delivery is not null or messages.microseconds_to_click is not null
        )
),

medians as (
    select
        {{ hash_number(grain) }} as grain_key,
        median(microseconds_to_delivery) / 1000000.0 as median_seconds_to_delivery,
        median(microseconds_to_click) / 1000000.0 as median_seconds_to_click
    from timed_messages
    group by grain_key
),
{%- endif %}

counted as (
    {{ counts_of_parts(parts, dates) if parts else messages_of_funnel(grain, dates) }}
),

message_counts as (
    select
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        {%- if parts %}
        cast(sum(messages) as bigint) as messages,
        {%- for stage in documented_stages() %}
        cast(sum({{ stage }}_messages) as bigint) as {{ stage }}_messages,
        {%- endfor %}
        cast(sum(reached_messages) as bigint) as reached_messages,
        cast(sum(open_events) as bigint) as open_events,
        cast(sum(click_events) as bigint) as click_events,
        min(first_message_at) as first_message_at,
        max(last_message_at) as last_message_at
        {%- else %}
        count(*) as messages,
        {%- for stage in documented_stages() %}
        count({{ stage }}_at) as {{ stage }}_messages,
        {%- endfor %}
        count(*) filter (where is_reached) as reached_messages,
        cast(sum(open_count) as bigint) as open_events,
        cast(sum(click_count) as bigint) as click_events,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
        {%- endif %}
    from counted
    group by
        {%- for column in grain %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
),

counts as (
    select
        message_counts.*,
        {%- if 'journey_id' in grain %}
        runs.enrollments,
        {%- endif %}
        {%- if 'message_date' not in grain %}
        medians.median_seconds_to_delivery,
        medians.median_seconds_to_click,
        {%- endif %}
        coalesce(people.reached_recipients, 0) as reached_recipients,
        coalesce(people.clicked_recipients, 0) as clicked_recipients
    from message_counts
    left join people on {{ hash_number(grain) }} = people.grain_key
    {%- if 'journey_id' in grain %}
    left join runs on {{ hash_number(grain) }} = runs.grain_key
    {%- endif %}
    {%- if 'message_date' not in grain %}
    left join medians on {{ hash_number(grain) }} = medians.grain_key
    {%- endif %}
)

-- Zero is a count; what the channel cannot report has none.
select
    counts.* replace (
        {%- for stage in documented_stages() if channels_without(stage) %}
        {{ if_reported(stage, stage ~ '_messages') }} as {{ stage }}_messages,
        {%- endfor %}
        {{ if_reported('opened', 'open_events') }} as open_events,
        {{ if_reported('clicked', 'click_events') }} as click_events,
        {{ if_reported('clicked', 'clicked_recipients') }} as clicked_recipients
    )
from counts
{%- endmacro %}

{#- A query of the counts that are summed to those of a coarser grain. parts, dates: see funnel_counts. -#}
{% macro counts_of_parts(parts, dates) -%}
    select parts.*
    from {{ ref(parts) }} as parts
    {%- if dates %}
    semi join ({{ dates }}) as dates
        on parts.project_id = dates.project_id and parts.message_date = dates.event_date
    {%- endif %}
{%- endmacro %}

{#- A query of the messages that a funnel of this grain counts. grain, dates: see funnel_counts. -#}
{% macro messages_of_funnel(grain, dates) -%}
    select messages.*
    from {{ ref('int_funnel_messages') }} as messages
    {%- if dates %}
    semi join ({{ dates }}) as dates
        on messages.project_id = dates.project_id and messages.message_date = dates.event_date
    {%- endif %}
    {%- if 'journey_id' in grain %}
    where messages.journey_id is not null
    {%- endif %}
{%- endmacro %}

{#-
    The select of a funnel: counts at one grain with names and rates.

    counts: relation or query with what funnel_counts() gives; grain: its grain. names: list of 'campaign' and
    'journey', whose ids are in the grain: the names to add, from the dimensions.
    A funnel by day says whether it is settled, one without days has first and last message and median delays.
    A rate is null where its base is null or 0.
-#}
{% macro funnel(counts, grain, names=[]) -%}
{%- set is_daily = 'message_date' in grain -%}
with

counts as (
    {{ counts }}
)
{%- if is_daily %},

newest_events as (
    select
        project_id,
        max(newest_event_at) as newest_event_at
    from {{ ref('int_daily_newest_events') }}
    group by project_id
)
{%- endif %}

select
    ---------- grain
    {%- for column in grain %}
    counts.{{ column }},
    {%- if column.removesuffix('_id') in names %}
    {{ column.removesuffix('_id') }}s.{{ column.removesuffix('_id') }}_name,
    {%- endif %}
    {%- endfor %}

    ---------- messages by stage
    counts.messages,
    {%- for stage in documented_stages() %}
    counts.{{ stage }}_messages,
    {%- endfor %}
    counts.reached_messages,

    ---------- events, repeats included
    counts.open_events,
    counts.click_events,

    ---------- people
    counts.reached_recipients,
    counts.clicked_recipients,
    {%- if 'journey_id' in grain %}
    counts.enrollments,
    {%- endif %}

    ---------- rates
    {%- for rate in funnel_rates() %}
    {{ rate.numerator }} / nullif(cast({{ rate.base }} as double), 0) as {{ rate.name }},
    {%- endfor %}
    {%- if is_daily %}

    ---------- whether it is final
    newest_events.newest_event_at > counts.last_message_at + {{ message_window() }} as is_settled
    {%- else %}

    ---------- time
    counts.first_message_at,
    counts.last_message_at,
    counts.median_seconds_to_delivery,
    counts.median_seconds_to_click
    {%- endif %}
from counts
{%- if is_daily %}
inner join newest_events on counts.project_id = newest_events.project_id
{%- endif %}
{%- for name in names %}
left join {{ ref('dim_' ~ name ~ 's') }} as {{ name }}s
    on counts.project_id = {{ name }}s.project_id and counts.{{ name }}_id = {{ name }}s.{{ name }}_id
{%- endfor %}
{%- endmacro %}

{#-
    How far a change reaches to message dates, as the config `reach` has it: a message reaches as far as the window, and
    its date in reporting_timezone can be a day off the UTC date of its events.
-#}
{% macro message_date_reach() -%}
    {{- return([window_dates() + 1, window_dates() + 1]) -}}
{%- endmacro %}

{#- A count where the channel can report the stage, else null. stage: documented; count: expression. -#}
{% macro if_reported(stage, count) -%}
    {%- if channels_without(stage) -%}
    case when channel in ({{ channels_with(stage) }}) then {{ count }} end
    {%- else -%}
    {{ count }}
    {%- endif -%}
{%- endmacro %}

{#- The rates of a funnel: list of dicts name, numerator, base, where both are SQL over a funnel's counts. -#}
{% macro funnel_rates() %}
    {%- set rates = [] %}
    {%- for rate in documented_rates() %}
        {%- set base = messages_with(rate.base) %}
        {%- if rate.base_without_sent %}
            {%- set base = "case when channel in (" ~ channels_without('sent') ~ ") then "
                ~ messages_with(rate.base_without_sent) ~ " else " ~ base ~ " end" %}
        {%- endif %}
        {%- do rates.append({'name': rate.rate, 'numerator': messages_with(rate.numerator), 'base': base}) %}
    {%- endfor %}
    {{ return(rates) }}
{% endmacro %}

{#- The count of messages with a stage, as SQL over a funnel's counts; of several stages the sum. stages: list. -#}
{% macro messages_with(stages) -%}
    {%- set counts = (stages | join('_messages + ')) ~ '_messages' -%}
    {{- return('(' ~ counts ~ ')' if stages | length > 1 else counts) -}}
{%- endmacro %}
