-- One row per goal, project and channel: what the report shows of a channel over all dates.
{{ conversion_counts(['project_id', 'channel']) }}
