-- One row per goal of the seed, with empty texts as null.
select
    goal,
    nullif(project_id, '') as project_id,
    event_type,
    nullif(property_path, '') as property_path,
    nullif(property_value, '') as property_value,
    window_hours,
    cast(ceil(window_hours / 24.0) as integer) + {{ 2 * window_dates() + 1 }} as reach_dates,
    basis,
    nullif(amount_path, '') as amount_path,
    nullif(quantity_path, '') as quantity_path,
    nullif(currency, '') as currency
from {{ ref('conversion_goals') }}
