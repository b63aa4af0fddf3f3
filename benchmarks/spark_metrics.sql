-- What the tasks of each dbt node did, from the event log that Spark writes and the results that dbt writes: one row per
-- node. A task belongs to the node that ran when it was launched, because the benchmark lets dbt run one at a time.
with

events as (
    select json
    from read_ndjson_objects($log, maximum_object_size = 1_000_000_000)
),

nodes as (
    select
        result.unique_id as node,
        min(part.started_at) as started_at,
        max(part.completed_at) as completed_at
    from (select unnest(results) as result, from read_json($results, columns = {
        results: 'struct(unique_id varchar, timing struct(started_at timestamp, completed_at timestamp)[])[]'
    })), unnest(result.timing) as parts (part)
    group by result.unique_id
),

job_stages as (
    select
        unnest(from_json(json -> '$."Stage IDs"', '["bigint"]')) as stage_id,
        contains(coalesce(json ->> '$.Properties."spark.job.tags"', ''), 'broadcast exchange') as is_broadcast
    from events
    where json ->> '$.Event' = 'SparkListenerJobStart'
),

broadcast_stages as (
    select distinct stage_id
    from job_stages
    where is_broadcast
),

tasks as (
    select
        cast(json ->> '$."Stage ID"' as bigint) as stage_id,
        json ->> '$."Task Type"' as task_type,
        make_timestamp(cast(json ->> '$."Task Info"."Launch Time"' as bigint) * 1000) as launched_at,
        from_json(json -> '$."Task Metrics"', '{
            "Executor Run Time": "bigint",
            "Executor CPU Time": "bigint",
            "Peak Execution Memory": "bigint",
            "Result Size": "bigint",
            "Memory Bytes Spilled": "bigint",
            "Disk Bytes Spilled": "bigint",
            "Input Metrics": {"Bytes Read": "bigint", "Records Read": "bigint"},
            "Output Metrics": {"Bytes Written": "bigint", "Records Written": "bigint"},
            "Shuffle Write Metrics": {"Shuffle Bytes Written": "bigint", "Shuffle Records Written": "bigint"}
        }') as metrics
    from events
    where json ->> '$.Event' = 'SparkListenerTaskEnd'
),

node_tasks as (
    select
        coalesce(nodes.node, '') as node,
        tasks.stage_id,
        tasks.task_type,
        tasks.metrics,
        broadcast_stages.stage_id is not null as is_broadcast
    from tasks
    left join nodes on tasks.launched_at between nodes.started_at and nodes.completed_at
    left join broadcast_stages on tasks.stage_id = broadcast_stages.stage_id
),

stages as (
    select
        node,
        stage_id,
        sum(metrics['Executor Run Time']) / 1e3 as run_seconds,
        max(metrics['Executor Run Time']) / 1e3 as longest_seconds,
        median(metrics['Executor Run Time']) / 1e3 as median_seconds,
        count(*) as tasks
    from node_tasks
    group by node, stage_id
),

-- The stage of each node whose longest task is the longest.
slowest_stages as (
    select
        node,
        arg_max(longest_seconds, longest_seconds) as longest_seconds,
        arg_max(median_seconds, longest_seconds) as median_seconds
    from stages
    where tasks > 1
    group by node
)

select
    node_tasks.node,
    count(*) as tasks,
    sum(metrics['Executor Run Time']) / 1e3 as run_seconds,
    sum(metrics['Executor CPU Time']) / 1e9 as cpu_seconds,
    sum(metrics['Input Metrics']['Bytes Read']) as read_bytes,
    sum(metrics['Input Metrics']['Records Read']) as read_rows,
    sum(metrics['Shuffle Write Metrics']['Shuffle Bytes Written']) as shuffled_bytes,
    sum(metrics['Shuffle Write Metrics']['Shuffle Records Written']) as shuffled_rows,
    sum(metrics['Disk Bytes Spilled']) as spilled_bytes,
    sum(metrics['Output Metrics']['Bytes Written']) as written_bytes,
    sum(metrics['Output Metrics']['Records Written']) as written_rows,
    coalesce(sum(metrics['Result Size']) filter (where task_type = 'ResultTask' and not is_broadcast), 0)
        as collected_bytes,
    coalesce(sum(metrics['Result Size']) filter (where task_type = 'ResultTask' and is_broadcast), 0)
        as broadcast_bytes,
    max(metrics['Peak Execution Memory']) as peak_bytes,
    any_value(slowest_stages.longest_seconds) as longest_seconds,
    any_value(slowest_stages.median_seconds) as median_seconds
from node_tasks
left join slowest_stages on node_tasks.node = slowest_stages.node
group by node_tasks.node
order by node_tasks.node
