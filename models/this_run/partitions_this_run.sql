-- One row per model and partition that the model's last build rebuilt.
select
    model,
    project_id,
    event_date,
    is_changed,
    is_whole,
    is_current
from {{ state_table('partition_scope') }}
