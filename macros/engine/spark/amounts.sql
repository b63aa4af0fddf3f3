{#-
    Numbers of JSON from ten million on have an exponent here, and keep all their digits. Longer exponents than a double has
    are taken as one: as a decimal such a number would be written out. Java's \s has one blank more.
-#}
{% macro spark__number_in_text(text) -%}
    case
        when
            regexp_like(
                {{ text }}, r'^[ \t\n\f\r]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?[ \t\n\f\r]*\z'
            )
            then try_cast({{ text }} as decimal(18, 4))
        when regexp_like({{ text }}, r'^[ \t\n\f\r]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)[eE][+-]?[0-9]+[ \t\n\f\r]*\z')
            then try_cast(
                try_cast(round(try_cast({{ text }} as double) * 10000) as decimal(20, 0)) * 0.0001 as decimal(18, 4)
            )
    end
{%- endmacro %}

{#- The product of decimal(18, 4) has all its places; of wider ones Spark would drop some. -#}
{% macro spark__amount_times(amount, quantity) -%}
    try_cast(
        cast({{ amount }} as decimal(18, 4)) * cast(coalesce({{ quantity }}, 1) as decimal(18, 4)) as decimal(18, 4)
    )
{%- endmacro %}
