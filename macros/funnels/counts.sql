{#-
    One row per grain: a relation's messages by stage, with repeated openings and clicks. A stage that the channel
    cannot report is null.

    relation: name of a CTE with rows of int_funnel_messages. grain: list of its columns, channel among them.
-#}
{% macro message_counts(relation, grain) -%}
    select
        {{ hash_number(grain) }} as grain_key,
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        count(*) as messages,
        {%- for stage in documented_stages() %}
        {{ if_reported(stage, 'count(' ~ stage ~ '_at)') }} as {{ stage }}_messages,
        {%- endfor %}
        count(*) filter (where is_reached) as reached_messages,
        {{ if_reported('opened', 'cast(sum(open_count) as bigint)') }} as open_events,
        {{ if_reported('clicked', 'cast(sum(click_count) as bigint)') }} as click_events,
        min(message_at) as first_message_at,
        max(message_at) as last_message_at
    from {{ relation }}
    group by {{ grain | join(', ') }}
{%- endmacro %}

{#-
    One row per grain: the counts of message_counts() as the sums of those at a finer grain. What is null in all rows
    of a channel stays null.

    relation: table with the finer counts. grain: list of its columns, channel among them.
-#}
{% macro summed_counts(relation, grain) -%}
    select
        {{ hash_number(grain) }} as grain_key,
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        {%- for count in funnel_counts() %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        min(first_message_at) as first_message_at,
        max(last_message_at) as last_message_at
    from {{ relation }}
    group by {{ grain | join(', ') }}
{%- endmacro %}

{#-
    One row per grain: distinct people of the reached and of the clicked messages.

    People are counted by a hash, in a CTE of their own: a distinct count slows every other aggregate beside it. A grain
    without a reached or clicked message has no row. relation, grain: see message_counts.
-#}
{% macro distinct_people(relation, grain) -%}
    select
        grain_key,
        count(*) filter (where is_reached) as reached_recipients,
        count(*) filter (where is_clicked) as clicked_recipients
    from (
        select
            {{ hash_number(grain) }} as grain_key,
            person_hash,
            bool_or(is_reached) as is_reached,
            bool_or(clicked_at is not null) as is_clicked
        from {{ relation }}
        where is_reached or clicked_at is not null
        group by grain_key, person_hash
    ) as people_of_grain
    group by grain_key
{%- endmacro %}

{#- One row per grain: distinct journey runs with a message. relation, grain: see message_counts. -#}
{% macro journey_runs(relation, grain) -%}
    select
        grain_key,
        count(journey_enrollment_id) as enrollments
    from (
        select
            {{ hash_number(grain) }} as grain_key,
            journey_enrollment_id
        from {{ relation }}
        group by grain_key, journey_enrollment_id
    ) as runs_of_grain
    group by grain_key
{%- endmacro %}

{#-
    One row per grain: the median seconds to delivery and to the first click, in a CTE of their own, because a median
    keeps all values in memory. relation, grain: see message_counts.
-#}
{% macro median_delays(relation, grain) -%}
    select
        {{ hash_number(grain) }} as grain_key,
        median(microseconds_to_delivery) / 1000000.0 as median_seconds_to_delivery,
        median(microseconds_to_click) / 1000000.0 as median_seconds_to_click
    from {{ relation }}
    where microseconds_to_delivery is not null or microseconds_to_click is not null
    group by grain_key
{%- endmacro %}

{#- The names of a funnel's counts that may be added up: a list. -#}
{% macro funnel_counts() -%}
    {%- set counts = ['messages'] -%}
    {%- for stage in documented_stages() -%}
        {%- do counts.append(stage ~ '_messages') -%}
    {%- endfor -%}
    {{ return(counts + ['reached_messages', 'open_events', 'click_events']) }}
{%- endmacro %}

{#- An expression where the channel can report the stage, else null. stage: documented; count: expression. -#}
{% macro if_reported(stage, count) -%}
    {%- if channels_without(stage) -%}
    case when channel in ({{ channels_with(stage) }}) then {{ count }} end
    {%- else -%}
    {{ count }}
    {%- endif -%}
{%- endmacro %}
