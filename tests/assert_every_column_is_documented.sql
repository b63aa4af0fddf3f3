-- A column that the documentation does not know is ignored: it may be a new field worth having, or a
-- misspelt one.
{{ config(severity='warn') }}
select
    source_table,
    column_name,
    files,
    first_file
from {{ ref('export_unknown_columns') }}
