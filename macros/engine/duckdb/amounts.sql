{#- With an exponent: DuckDB's cast rounds at each place by which it moves the point, so 5.4e-8 would become 0.0001. With more
    places that does no harm: with twenty more, or ten where the number would not fit otherwise. -#}
{% macro duckdb__number_in_text(text) -%}
    case
        when regexp_full_match({{ text }}, '\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)\s*')
            then try_cast({{ text }} as decimal(18, 4))
        when regexp_full_match({{ text }}, '\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)[eE][+-]?[0-9]+\s*')
            then coalesce(
                try_cast(try_cast({{ text }} as decimal(38, 24)) as decimal(18, 4)),
                try_cast(try_cast({{ text }} as decimal(38, 14)) as decimal(18, 4)),
                try_cast(try_cast({{ text }} as double) as decimal(18, 4))
            )
    end
{%- endmacro %}

{% macro duckdb__amount_times(amount, quantity) -%}
    try_cast(
        cast({{ amount }} as decimal(19, 4)) * cast(coalesce({{ quantity }}, 1) as decimal(19, 4)) as decimal(18, 4)
    )
{%- endmacro %}
