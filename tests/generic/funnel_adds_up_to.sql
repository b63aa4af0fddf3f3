{#-
    The counts of a funnel add up to those of a coarser one: between the two no message is lost or counted twice. A row
    that fails says where: what the coarser one says is expected.

    total: the coarser funnel. grain: list of its columns that both have. A null counts as zero. Recipients and
    enrollments are left out: a person or a run can be in several rows.
-#}
{% test funnel_adds_up_to(model, total, grain) %}
with

{%- for name, relation in {'found_counts': model, 'expected_counts': total}.items() %}

{{ name }} as (
    select
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        {%- for count in funnel_counts() %}
        coalesce(sum({{ count }}), 0) as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    group by {{ grain | join(', ') }}
){{ ',' if not loop.last }}
{%- endfor %}

{{ counts_that_differ(model.identifier | default(model), grain) }}
{% endtest %}
