{#-
    A query of the people on the forget list in each project that is read: project_id, user_id, device_id,
    recipient_hash. A line of the list without a project stands for all.

    files: name of the relation of the files that are read.
-#}
{% macro forgotten_people(files) -%}
    select
        projects.project_id,
        people.user_id,
        people.device_id,
        people.recipient_hash
    from {{ source('people', 'forget_list') }} as people
    inner join (select distinct project_id from {{ files }}) as projects
        on coalesce(people.project_id, projects.project_id) = projects.project_id
{%- endmacro %}

{#-
    Expression: whether a row is of somebody on the forget list: any id that a line of it names is enough.

    people: name of the relation of forgotten_people(). ids: the row's expressions by the list's columns.
-#}
{% macro is_forgotten(people, ids) -%}
    (
        {%- for column, id in ids.items() %}
        {{ 'or ' if not loop.first }}coalesce(
            (project_id, {{ id }}) in (
                select {{ few_rows(people) }} project_id, {{ column }}
                from {{ people }}
                where {{ column }} is not null
            ), false
        )
        {%- endfor %}
    )
{%- endmacro %}

{#- Expression: a value of a row, and null for a row that is forgotten. value: expression. -#}
{% macro unless_forgotten(value) -%}
    case when not is_forgotten then {{ value }} end
{%- endmacro %}
