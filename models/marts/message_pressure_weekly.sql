-- One row per project, week and number of messages that reached a person in it.
{{ config(materialized='partitioned', whole=true) }}

with

person_weeks as (
    select
        *,
        case
            when reached_messages <= 4 then cast(reached_messages as string)
            when reached_messages <= 7 then '5-7'
            when reached_messages <= 14 then '8-14'
            else '15+'
        end as reached_bucket
    from {{ ref('person_weeks') }}
),

pressure as (
    select
        project_id,
        week,
        reached_bucket,
        count(*) as people,
        count(*) filter (where clicked_messages > 0) as clicked_people,
        cast(sum(reached_messages) as bigint) as reached_messages,
        cast(sum(clicked_messages) as bigint) as clicked_messages,
        cast(sum(aborted_messages) as bigint) as aborted_messages
    from person_weeks
    group by project_id, week, reached_bucket
)

select
    *,
    clicked_messages / nullif(cast(reached_messages as double), 0) as click_rate,
    clicked_people / cast(people as double) as clicked_people_rate
from pressure
