{% macro duckdb__list_fingerprint(columns, order_column) -%}
    md5(string_agg(concat_ws('|', {{ columns | join(', ') }}), chr(10) order by {{ order_column }}))
{%- endmacro %}

{% macro duckdb__relation_fingerprint(relation) -%}
    (select cast(sum(hash(fingerprinted)) as varchar) from {{ relation }} as fingerprinted)
{%- endmacro %}

{% macro duckdb__key_fingerprint(key) -%}
    left(sha256('fingerprint' || sha256({{ key }})), 16)
{%- endmacro %}
