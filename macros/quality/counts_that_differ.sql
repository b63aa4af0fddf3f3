{#-
    A query of the counts of a funnel that differ between the CTEs expected_counts and found_counts: mart, the grain,
    count_name, expected, found. Expected or found is null where the other one alone has the row.

    mart: the funnel's name. grain: list of the columns that make a row of both CTEs.
-#}
{% macro counts_that_differ(mart, grain) -%}
    {%- for count in funnel_counts() %}
select
    '{{ mart }}' as mart,
    {%- for column in grain %}
    coalesce(expected_counts.{{ column }}, found_counts.{{ column }}) as {{ column }},
    {%- endfor %}
    '{{ count }}' as count_name,
    expected_counts.{{ count }} as expected,
    found_counts.{{ count }} as found
from expected_counts
full join found_counts
    on
        {%- for column in grain %}
        {{ 'and ' if not loop.first }}expected_counts.{{ column }} is not distinct from found_counts.{{ column }}
        {%- endfor %}
where expected_counts.{{ count }} is distinct from found_counts.{{ count }}
{{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
