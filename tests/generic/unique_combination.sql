{#-
    No two rows share the values of the columns; a null is a value like any other.

    columns: list of column names, the model's key. Rows are grouped by a number first, which is several times cheaper
    than by the texts; only the few of a repeated number are compared in full, so that the answer is exact.
-#}
{% test unique_combination(model, columns) %}

with

repeated_hashes as (
    select {{ hash_number(columns) }} as key_hash
    from {{ model }}
    group by 1
    having count(*) > 1
)

select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    count(*) as repeated_rows
from {{ model }}
where {{ hash_number(columns) }} in (select key_hash from repeated_hashes)
group by
    {%- for column in columns %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
having count(*) > 1
{% endtest %}
