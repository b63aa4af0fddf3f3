{#-
    The counts of a funnel add up to those of a coarser one: between the two no message is lost or counted twice.

    total: the coarser funnel. grain: list of its columns that both have. A null counts as zero. Recipients and
    enrollments are left out: a person or a run can be in several rows.
-#}
{% test funnel_adds_up_to(model, total, grain) %}
{%- set counts = funnel_counts() %}

with

{%- for name, relation in {'part_sums': model, 'total_sums': total}.items() %}

{{ name }} as (
    select
        {%- for column in grain %}
        {{ column }},
        {%- endfor %}
        {%- for count in counts %}
        coalesce(sum({{ count }}), 0) as {{ count }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    group by {{ grain | join(', ') }}
){{ ',' if not loop.last }}
{%- endfor %}

{%- for count in counts %}

select
    {%- for column in grain %}
    coalesce(part_sums.{{ column }}, total_sums.{{ column }}) as {{ column }},
    {%- endfor %}
    '{{ count }}' as count_name,
    part_sums.{{ count }} as sum_of_parts,
    total_sums.{{ count }} as total
from part_sums
full join total_sums
    on
        {%- for column in grain %}
        {{ 'and ' if not loop.first }}part_sums.{{ column }} is not distinct from total_sums.{{ column }}
        {%- endfor %}
where part_sums.{{ count }} is distinct from total_sums.{{ count }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
{% endtest %}
