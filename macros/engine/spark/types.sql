{#- Spark's name of a type that properties and seeds name as DuckDB does. type: text. -#}
{% macro spark_type(type) -%}
    {{- return({
        'varchar': 'string', 'varchar[]': 'array<string>', 'json': 'string', 'ubigint': 'bigint', 'integer': 'int',
    }.get(type | lower, type)) -}}
{%- endmacro %}
