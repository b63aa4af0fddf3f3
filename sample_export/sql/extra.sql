-- The rows that stand in files of their own: late ones, duplicates, altered events, and broken copies of good ones.
create or replace table extra as
with chosen as (
    select e.*, d.detail, d.column_name, d.changes
    from event_rows as e
    left join dirt_choices as c
        on e.type = c.type and c.what = case e.tag when 2 then 'violation' when 3 then 'oddity' when 4 then 'rejected' end
    left join dirt as d on d.dirt_no = choose(choose(c.dirt_nos, e.x >> 3), e.x >> 9)
    where e.file_no >= 2
),

-- Half of the broken copies keep the good row's id, the others have one of their own.
renamed as (
    select * replace (if(tag = 4 and x & 2 = 0, concat(id[1:10], hex(hash(x, 4) | 9223372036854775808::ubigint)), id) as id) from chosen
)

select
    file_no, tag, day, day_no, date, channel as good_channel, detail, column_name,
    choose(['A', 'B', 'control'], x >> 5) as experiment_bucket,
    $columns
from renamed;
