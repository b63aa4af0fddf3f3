-- The rows of a file that cannot be read are missing from every number until it is repaired; all else is
-- loaded.
select
    path,
    state_reason
from {{ ref('export_unreadable_files') }}
