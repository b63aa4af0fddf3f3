-- A Parquet file outside a partition folder is not loaded: most likely it was meant to be.
{{ config(severity='warn') }}
select
    path,
    state_reason
from {{ ref('export_files') }}
where
    state = 'ignored'
    and lower(path) like '%.parquet'
    -- No data, such as _common_metadata.parquet, which writers put beside it.
    and not {{ matches_pattern('path', '/[_.][^/]*$') }}
