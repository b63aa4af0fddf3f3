{#-
    A text as decimal(18,4), rounded half away from zero; null where it is no number, or does not fit.

    text: expression. A number has digits, maybe a sign, a point and an exponent, and maybe blanks around it: what JSON
    calls a number, and what people write. The cast alone would take 1_000, and round 5.4e-8 up to 0.0001.
-#}
{% macro number_in_text(text) -%}
    case
        when regexp_full_match({{ text }}, '\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)\s*')
            then try_cast({{ text }} as decimal(18, 4))
        when regexp_full_match({{ text }}, '\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)[eE][+-]?[0-9]+\s*')
            then try_cast(try_cast({{ text }} as double) as decimal(18, 4))
    end
{%- endmacro %}

{#-
    An amount times a quantity, or times 1 where that is null, as decimal(18,4), rounded half away from zero. Null where
    the amount is, or the product does not fit.

    amount, quantity: expressions of decimal(18,4). The product has eight places and up to 28 before the point.
-#}
{% macro amount_times(amount, quantity) -%}
    try_cast(
        cast({{ amount }} as decimal(19, 4)) * cast(coalesce({{ quantity }}, 1) as decimal(19, 4)) as decimal(18, 4)
    )
{%- endmacro %}

{#-
    Aggregate: a sum of doubles that is the same in whatever order they come, as a double; null without any.

    value: expression. Summed as decimals with 14 places; a sum of doubles differs in its last digits from build to build.
-#}
{% macro sum_in_any_order(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 14))) as double)
{%- endmacro %}
