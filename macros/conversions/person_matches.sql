{#-
    How a message and a customer event can be one person's, as keys that both have: a query of match_kind, match_key and
    the other columns named.

    Each pair meets in one key at most: by the user where both have one; by the device where the event has no user; by
    the device of a message without a user where the event has one.

    rows: name of the CTE of messages or events, with project_id, user_id and device_id. side: message or event.
    columns: list of columns to keep. A key is a hash, so those who read it compare the ids too: is_same_person().
-#}
{% macro match_keys(rows, side, columns) -%}
    {%- set device_kinds = {
        'message': {'device': none, 'device of no user': 'user_id is null'},
        'event': {'device': 'user_id is null', 'device of no user': 'user_id is not null'},
    }[side] -%}
    select
        'user' as match_kind,
        {{ hash_number(['project_id', "'user'", 'user_id']) }} as match_key,
        {{ columns | join(',\n        ') }}
    from {{ rows }}
    where user_id is not null
    {%- for kind, condition in device_kinds.items() %}
    union all
    select
        '{{ kind }}' as match_kind,
        {{ hash_number(['project_id', "'" ~ kind ~ "'", 'device_id']) }} as match_key,
        {{ columns | join(',\n        ') }}
    from {{ rows }}
    where device_id is not null{{ ' and ' ~ condition if condition }}
    {%- endfor %}
{%- endmacro %}

{#- Whether a message and an event that share a match key are one person's. message, event: aliases, with project_id,
    user_id and device_id. match_kind: expression. -#}
{% macro is_same_person(message, event, match_kind) -%}
    {{ message }}.project_id = {{ event }}.project_id
        and case {{ match_kind }}
            when 'user' then {{ message }}.user_id = {{ event }}.user_id
            when 'device' then {{ event }}.user_id is null and {{ message }}.device_id = {{ event }}.device_id
            else
                {{ event }}.user_id is not null
                and {{ message }}.user_id is null
                and {{ message }}.device_id = {{ event }}.device_id
        end
{%- endmacro %}
