{#-
    A name of a folder with its %-encoded characters decoded; null where it is empty or what comes out is no UTF-8.
    name: expression of a text.
-#}
{% macro decoded_or_null(name) -%}
    nullif(try(url_decode({{ name }})), '')
{%- endmacro %}
