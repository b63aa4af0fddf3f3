{#- A + stands for itself in a name, and bytes that are no UTF-8 come out as U+FFFD. -#}
{% macro spark__decoded_or_null(name) -%}
    case
        when contains(try_url_decode(replace({{ name }}, '+', '%2B')), '\uFFFD') then null
        else nullif(try_url_decode(replace({{ name }}, '+', '%2B')), '')
    end
{%- endmacro %}
