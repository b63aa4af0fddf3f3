{#-
    The surrogate key of a source row: a bigint made of its file's id and its place in the file.

    file_id: export_files.file_id; row_number: 0-based place in the file, below 2^32.
-#}
{% macro row_key(file_id, row_number) -%}
    cast({{ file_id }} as bigint) * 4294967296 + {{ row_number }}
{%- endmacro %}

{#- The file id that a row key was made of. row_key: expression. -#}
{% macro file_id_of(row_key) -%}
    ({{ row_key }} >> 32)
{%- endmacro %}

{#- The place in its file that a row key was made of. row_key: expression. -#}
{% macro row_number_of(row_key) -%}
    {{ row_key }} % 4294967296
{%- endmacro %}
