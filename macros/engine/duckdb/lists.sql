{% macro duckdb__joined_texts(value, delimiter, order_by, condition=none) -%}
    string_agg({{ value }}, '{{ delimiter }}' order by {{ order_by }})
    {{- ' filter (where ' ~ condition ~ ')' if condition }}
{%- endmacro %}

{% macro duckdb__sorted_texts(value, condition) -%}
    list({{ value }} order by {{ value }}) filter (where {{ condition }})
{%- endmacro %}

{% macro duckdb__each_of(texts) -%}
    unnest({{ texts }})
{%- endmacro %}

{% macro duckdb__type_of_texts() -%}
    varchar[]
{%- endmacro %}
