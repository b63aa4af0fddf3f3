{#-
    The select of a funnel: messages by stage, recipients, rates and times, at one grain.

    grain: list of columns of int_funnel_messages, channel among them.
    names: list of 'campaign' and 'journey': the names to add, from the dimensions. Their ids must be in the grain.
    times: whether to add first and last message and the median delays.
    enrollments: whether to count journey runs.
    settled: whether to say that the window of all its messages has passed.
    A stage that a channel cannot report is null, and so is all that follows from it.
-#}
{% macro funnel(grain, names=[], times=false, enrollments=false, settled=false) -%}
with

messages as (
    select * from {{ ref('int_funnel_messages') }}
    {%- if 'journey_id' in grain %}
    where journey_id is not null
    {%- endif %}
),

counts as (
    select
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        count(*) as messages,
        {%- for stage in documented_stages() %}
        count({{ stage }}_at) as {{ stage }}_messages,
        {%- endfor %}
        count(reached_at) as reached_messages,
        cast(sum(open_count) as bigint) as open_events,
        cast(sum(click_count) as bigint) as click_events,
        count(distinct person_key) filter (where reached_at is not null) as reached_recipients,
        count(distinct person_key) filter (where clicked_at is not null) as clicked_recipients
        {%- if enrollments %},
        count(distinct journey_enrollment_id) as enrollments
        {%- endif %}
        {%- if times %},
        median(seconds_to_delivery) as median_seconds_to_delivery,
        median(seconds_to_click) as median_seconds_to_click
        {%- endif %},
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from messages
    group by
        {%- for column in grain %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
),

-- Zero is a count; what the channel cannot report has none.
reported as (
    select
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        messages,
        {%- for stage in documented_stages() %}
        {{ if_reported(stage, stage ~ '_messages') }} as {{ stage }}_messages,
        {%- endfor %}
        reached_messages,
        {{ if_reported('opened', 'open_events') }} as open_events,
        {{ if_reported('clicked', 'click_events') }} as click_events,
        reached_recipients,
        {{ if_reported('clicked', 'clicked_recipients') }} as clicked_recipients,
        {%- if enrollments %}
        enrollments,
        {%- endif %}
        {%- if times %}
        median_seconds_to_delivery,
        median_seconds_to_click,
        {%- endif %}
        first_message_at,
        last_message_at
    from counts
)
{%- if settled %},

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
    reported.{{ column }},
    {%- if column.removesuffix('_id') in names %}
    {{ column.removesuffix('_id') }}s.{{ column.removesuffix('_id') }}_name,
    {%- endif %}
    {%- endfor %}

    ---------- messages by stage
    reported.messages,
    {%- for stage in documented_stages() %}
    reported.{{ stage }}_messages,
    {%- endfor %}
    reported.reached_messages,

    ---------- events, repeats included
    reported.open_events,
    reported.click_events,

    ---------- people
    reported.reached_recipients,
    reported.clicked_recipients,
    {%- if enrollments %}
    reported.enrollments,
    {%- endif %}

    ---------- rates
    {%- for rate in funnel_rates() %}
    {{ rate.numerator }} / nullif(cast({{ rate.base }} as double), 0) as {{ rate.name }}
    {{- ',' if not loop.last or times or settled }}
    {%- endfor %}
    {%- if times %}

    ---------- time
    reported.first_message_at,
    reported.last_message_at,
    reported.median_seconds_to_delivery,
    reported.median_seconds_to_click
    {%- endif %}
    {%- if settled %}

    ---------- whether it is final
    newest_events.newest_event_at > reported.last_message_at + {{ message_window() }} as is_settled
    {%- endif %}
from reported
{%- if settled %}
inner join newest_events on reported.project_id = newest_events.project_id
{%- endif %}
{%- for name in names %}
left join {{ ref('dim_' ~ name ~ 's') }} as {{ name }}s
    on reported.project_id = {{ name }}s.project_id and reported.{{ name }}_id = {{ name }}s.{{ name }}_id
{%- endfor %}
{%- endmacro %}

{#- A count where the channel can report the stage, else null. stage: documented; count: expression. -#}
{% macro if_reported(stage, count) -%}
    {%- if channels_without(stage) -%}
    case when channel in ({{ channels_with(stage) }}) then {{ count }} end
    {%- else -%}
    {{ count }}
    {%- endif -%}
{%- endmacro %}

{#-
    The rates of a funnel: list of dicts name, numerator, base, where both are SQL over a funnel's counts.

    A rate is null where its base is null or 0.
-#}
{% macro funnel_rates() %}
    {{ return([
        {'name': 'sent_rate', 'numerator': 'sent_messages', 'base': 'created_messages'},
        {'name': 'abort_rate', 'numerator': 'aborted_messages', 'base': 'created_messages'},
        {'name': 'failure_rate', 'numerator': 'failed_messages', 'base': '(sent_messages + failed_messages)'},
        {
            'name': 'delivery_rate',
            'numerator': 'delivered_messages',
            'base': "case when channel in (" ~ channels_without('sent')
                ~ ") then created_messages else sent_messages end",
        },
        {'name': 'open_rate', 'numerator': 'opened_messages', 'base': 'delivered_messages'},
        {'name': 'click_rate', 'numerator': 'clicked_messages', 'base': 'reached_messages'},
        {'name': 'click_to_open_rate', 'numerator': 'clicked_messages', 'base': 'opened_messages'},
        {'name': 'complaint_rate', 'numerator': 'complained_messages', 'base': 'delivered_messages'},
    ]) }}
{% endmacro %}
