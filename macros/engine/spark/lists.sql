{% macro spark__joined_texts(value, delimiter, order_by, condition=none) -%}
    listagg({{ value }}, '{{ delimiter | replace('\n', '\\n') }}') within group (order by {{ order_by }})
    {{- ' filter (where ' ~ condition ~ ')' if condition }}
{%- endmacro %}

{#- Spark's list of nothing is empty, not null. -#}
{% macro spark__sorted_texts(value, condition) -%}
    case
        when count({{ value }}) filter (where {{ condition }}) > 0
            then array_sort(collect_list({{ value }}) filter (where {{ condition }}))
    end
{%- endmacro %}

{% macro spark__each_of(texts) -%}
    explode({{ texts }})
{%- endmacro %}

{% macro spark__type_of_texts() -%}
    array<string>
{%- endmacro %}
