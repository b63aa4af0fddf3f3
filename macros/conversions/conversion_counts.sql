{#-
    The select of what a group of messages is credited with, for each goal.

    grain: list of columns of a message, project_id and channel among them. With journey_id among them, messages without
    a journey are left out. With message_date among them there is last_basis_at in place of the median, and only dates in
    scope are counted.
    A row stands for each group with a basis message. Groups are found by a hash, as a null is a group of its own; people
    and events are counted in two steps, which is quicker than distinct counts beside other aggregates.
-#}
{% macro conversion_counts(grain) -%}
{%- set is_daily = 'message_date' in grain -%}
with

goals as (
    select * from {{ ref('int_conversion_goals') }}
),
{%- if is_daily %}

partitions as (
    {{ partitions_in_scope() | indent(4) }}
),
{%- endif %}

basis_messages as (
    {{ rows_to_count(ref('int_basis_messages'), grain) }}
),

basis_people as (
    select
        goal_basis,
        group_key,
        person_hash,
        count(*) as messages,
        max(basis_at) as last_basis_at,
        min(message_row_key) as message_row_key
    from basis_messages
    group by goal_basis, group_key, person_hash
),

basis_groups as (
    select
        goal_basis,
        group_key,
        cast(sum(messages) as bigint) as basis_messages,
        count(*) as basis_recipients,
        max(last_basis_at) as last_basis_at,
        min(message_row_key) as message_row_key
    from basis_people
    group by goal_basis, group_key
),

-- Any message of the group says which group it is.
named_groups as (
    select
        {%- for column in grain %}
        messages.{{ column }},
        {%- endfor %}
        basis_groups.*
    from basis_groups
    inner join {{ ref('int_messages') }} as messages on basis_groups.message_row_key = messages.message_row_key
),

conversions as (
    {{ rows_to_count(ref('int_conversions'), grain) }}
),

converted_people as (
    select
        goal,
        group_key,
        count(distinct person_hash) as converted_recipients
    from conversions
    group by goal, group_key
),

converting_events as (
    select
        goal,
        group_key,
        row_key,
        max(amount) as amount,
        bool_or(is_first_touch) as has_first_touch,
        bool_or(is_last_touch) as has_last_touch,
        sum(linear_share) as linear_share
    from conversions
    group by goal, group_key, row_key
),

event_counts as (
    select
        goal,
        group_key,
        count(*) as conversions,
        count(*) filter (where has_first_touch) as first_touch_conversions,
        count(*) filter (where has_last_touch) as last_touch_conversions,
        {{ sum_in_any_order('linear_share') }} as linear_conversions,
        sum(amount) as revenue,
        sum(amount) filter (where has_first_touch) as first_touch_revenue,
        sum(amount) filter (where has_last_touch) as last_touch_revenue,
        {{ sum_in_any_order('cast(amount as double) * linear_share') }} as linear_revenue
    from converting_events
    group by goal, group_key
)
{%- if not is_daily %},

medians as (
    select
        goal,
        group_key,
        median(seconds_to_conversion) as median_seconds_to_conversion
    from conversions
    group by goal, group_key
)
{%- endif %}

select
    goals.goal,
    {%- for column in grain %}
    groups.{{ column }},
    {%- endfor %}
    groups.basis_messages,
    groups.basis_recipients,
    coalesce(converted_people.converted_recipients, 0) as converted_recipients,
    coalesce(event_counts.conversions, 0) as conversions,
    coalesce(event_counts.first_touch_conversions, 0) as first_touch_conversions,
    coalesce(event_counts.last_touch_conversions, 0) as last_touch_conversions,
    coalesce(event_counts.linear_conversions, 0) as linear_conversions,
    event_counts.revenue,
    event_counts.first_touch_revenue,
    event_counts.last_touch_revenue,
    event_counts.linear_revenue,
    {%- if is_daily %}
    groups.last_basis_at
    {%- else %}
    medians.median_seconds_to_conversion
    {%- endif %}
from named_groups as groups
inner join goals
    on
        groups.goal_basis = goals.basis
        and (goals.project_id is null or groups.project_id = goals.project_id)
left join converted_people on goals.goal = converted_people.goal and groups.group_key = converted_people.group_key
left join event_counts on goals.goal = event_counts.goal and groups.group_key = event_counts.group_key
{%- if not is_daily %}
left join medians on goals.goal = medians.goal and groups.group_key = medians.group_key
{%- endif %}
{%- endmacro %}

{#- A query of the rows that a group of messages is counted from, with group_key. relation: of messages or conversions.
    grain: see conversion_counts(). -#}
{% macro rows_to_count(relation, grain) -%}
    select
        counted.*,
        {{ hash_number(grain) }} as group_key
    from {{ relation }} as counted
    {%- if 'message_date' in grain %}
    semi join partitions
        on counted.project_id = partitions.project_id and counted.message_date = partitions.event_date
    {%- endif %}
    {%- if 'journey_id' in grain %}
    where counted.journey_id is not null
    {%- endif %}
{%- endmacro %}

{#-
    The select of a mart of conversions: counts with names, rate and currency.

    counts: relation or query with what conversion_counts() gives; grain: its grain. names: list of 'campaign' and
    'journey', whose ids are in the grain: the names to add, from the dimensions.
-#}
{% macro conversions(counts, grain, names) -%}
{%- set is_daily = 'message_date' in grain -%}
with

counts as (
    {{ counts }}
),

goals as (
    select * from {{ ref('int_conversion_goals') }}
)
{%- if is_daily %},

newest_events as (
    select
        project_id,
        max(newest_event_at) as newest_event_at
    from (
        select project_id, newest_event_at from {{ ref('int_daily_newest_events') }}
        union all
        select project_id, newest_event_at from {{ ref('int_daily_newest_customer_events') }}
    ) as daily_newest_events
    group by project_id
)
{%- endif %}

select
    ---------- grain
    counts.goal,
    {%- for column in grain %}
    counts.{{ column }},
    {%- if column.removesuffix('_id') in names %}
    {{ column.removesuffix('_id') }}s.{{ column.removesuffix('_id') }}_name,
    {%- endif %}
    {%- endfor %}

    ---------- who could convert
    counts.basis_messages,
    counts.basis_recipients,

    ---------- who did
    counts.converted_recipients,
    counts.converted_recipients / cast(counts.basis_recipients as double) as conversion_rate,

    ---------- events
    counts.conversions,
    counts.first_touch_conversions,
    counts.last_touch_conversions,
    counts.linear_conversions,

    ---------- amounts
    goals.currency,
    counts.revenue,
    counts.first_touch_revenue,
    counts.last_touch_revenue,
    counts.linear_revenue,
    {%- if is_daily %}

    ---------- whether it is final
    newest_events.newest_event_at > {{ add_hours('counts.last_basis_at', 'goals.window_hours') }} as is_settled
    {%- else %}

    ---------- time
    counts.median_seconds_to_conversion
    {%- endif %}
from counts
inner join goals on counts.goal = goals.goal
{%- if is_daily %}
inner join newest_events on counts.project_id = newest_events.project_id
{%- endif %}
{%- for name in names %}
left join {{ ref('dim_' ~ name ~ 's') }} as {{ name }}s
    on counts.project_id = {{ name }}s.project_id and counts.{{ name }}_id = {{ name }}s.{{ name }}_id
{%- endfor %}
{%- endmacro %}
