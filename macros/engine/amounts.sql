{#-
    A text as decimal(18,4), rounded half away from zero; null where it is no number, or does not fit.

    text: expression. A number has digits, maybe a sign, a point and an exponent, and maybe blanks around it: what JSON
    calls a number, and what people write. The cast alone would take 1_000, and round 5.4e-8 up to 0.0001.
-#}
{% macro number_in_text(text) -%}
    {{- return(adapter.dispatch('number_in_text', 'flarelane')(text)) -}}
{%- endmacro %}

{#-
    An amount times a quantity, or times 1 where that is null, as decimal(18,4), rounded half away from zero. Null where
    the amount is, or the product does not fit.

    amount, quantity: expressions of decimal(18,4). The product has eight places and up to 28 before the point.
-#}
{% macro amount_times(amount, quantity) -%}
    {{- return(adapter.dispatch('amount_times', 'flarelane')(amount, quantity)) -}}
{%- endmacro %}
