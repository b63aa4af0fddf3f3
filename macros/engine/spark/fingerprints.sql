{% macro spark__list_fingerprint(columns) -%}
    {%- set row = "concat_ws('|', " ~ columns | join(', ') ~ ")" -%}
    md5({{ spark__joined_texts(row, '\n', row) }})
{%- endmacro %}

{#- JSON, because a hash of a row would pass over its nulls. -#}
{% macro spark__relation_fingerprint(relation) -%}
    (select cast(sum(xxhash64(to_json(struct(*)))) as string) from {{ relation }} as fingerprinted)
{%- endmacro %}

{% macro spark__key_fingerprint(key) -%}
    left(sha2('fingerprint' || sha2({{ key }}, 256), 256), 16)
{%- endmacro %}
