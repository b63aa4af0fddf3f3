{#-
    How a message and a customer event can be one person's, as keys that both have: a query of match_key, check_key and
    the other columns named.

    Each pair meets in one key at most: by the user where both have one; by the device where the event has no user; by
    the device of a message without a user where the event has one.

    rows: name of the CTE of messages or events, with project_id, user_id and device_id. side: message or event.
    columns: list of columns to keep. A key is a hash, so those who match by it compare check_key too, a second hash: that
    two persons share both is as good as impossible.
-#}
{% macro match_keys(rows, side, columns) -%}
    {%- set device_kinds = {
        'message': {'device': none, 'device of no user': 'user_id is null'},
        'event': {'device': 'user_id is null', 'device of no user': 'user_id is not null'},
    }[side] -%}
    select
        {{ hash_number(['project_id', "'user'", 'user_id']) }} as match_key,
        {{ hash_number(["'check'", 'user_id', "'user'", 'project_id']) }} as check_key,
        {{ columns | join(',\n        ') }}
    from {{ rows }}
    where user_id is not null
    {%- for kind, condition in device_kinds.items() %}
    union all
    select
        {{ hash_number(['project_id', "'" ~ kind ~ "'", 'device_id']) }} as match_key,
        {{ hash_number(["'check'", 'device_id', "'" ~ kind ~ "'", 'project_id']) }} as check_key,
        {{ columns | join(',\n        ') }}
    from {{ rows }}
    where device_id is not null{{ ' and ' ~ condition if condition }}
    {%- endfor %}
{%- endmacro %}
