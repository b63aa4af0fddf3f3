{#- The offset is taken off by hand: Java knows none beyond 18 hours. -#}
{% macro spark__rfc3339_to_utc(column) -%}
    case
        when
            regexp_like(
                {{ column }},
                r'^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?Z\z'
            )
            then try_cast({{ column }} as timestamp)
        when
            regexp_like(
                {{ column }},
                r'^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])\z'
            )
            then
                try_cast(regexp_extract(upper({{ column }}), r'^([^Z+]{10}[^Z+-]+)', 1) || 'Z' as timestamp)
                - case
                    when upper({{ column }}) like '%Z' then make_dt_interval(0, 0, 0)
                    else make_dt_interval(
                        0,
                        cast(left(right({{ column }}, 6), 3) as int),
                        cast(left(right({{ column }}, 6), 1) || right({{ column }}, 2) as int)
                    )
                end
    end
{%- endmacro %}
