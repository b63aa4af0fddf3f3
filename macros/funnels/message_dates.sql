{#-
    The message dates whose counts a change can touch: a message reaches as far as the window, and its date in
    reporting_timezone can be a day off the UTC date of its events. Columns as dates_around_changes() has them.
-#}
{% macro message_dates_around_changes() -%}
    {{ dates_around_changes(window_dates() + 1, window_dates() + 1) }}
{%- endmacro %}

{#- A statement that deletes the message dates that a change can touch, for a model of daily counts.
    batch: condition on changed_parts(), all of them. -#}
{% macro delete_affected_message_dates(batch) -%}
    delete from {{ this }} as counts
    using ({{ message_dates_around_changes() }}) as dates
    where counts.project_id = dates.project_id and counts.message_date = dates.event_date
{%- endmacro %}

{#- The weeks of the message dates that a change can touch: project_id, week. -#}
{% macro weeks_around_changes() -%}
    select distinct
        project_id,
        {{ week_start('event_date') }} as week
    from ({{ message_dates_around_changes() }}) as dates
{%- endmacro %}

{#- A statement that deletes those weeks, for a model by week. batch: condition on changed_parts(), all of them. -#}
{% macro delete_affected_weeks(batch) -%}
    delete from {{ this }} as rows
    using ({{ weeks_around_changes() }}) as weeks
    where rows.project_id = weeks.project_id and rows.week = weeks.week
{%- endmacro %}
