-- A documented column that no model has cannot be asked about; an undocumented one has no rules.
{%- set channel_models = {} %}
{%- for channel in documented_channels() %}
    {%- do channel_models.update({channel: ref('stg_flarelane__' ~ channel ~ '_events')}) %}
{%- endfor %}
{%- set documented_columns = [] %}
{%- for channel in documented_channels() %}
    {%- set columns = common_event_columns() + channel_columns(channel) %}
    {%- if 'recipient_hash' in columns and var('expose_recipients', false) %}
        {%- do columns.append('recipient') %}
    {%- endif %}
    {%- for column in columns %}
        {%- do documented_columns.append([channel_models[channel].identifier, column]) %}
    {%- endfor %}
{%- endfor %}

with

documented_columns (relation_name, column_name) as (
    values
    {%- for column in documented_columns %}
        ({{ quoted_list(column) }}){{ ',' if not loop.last }}
    {%- endfor %}
),

modelled_columns as (
    {{ relation_columns(channel_models.values()) | indent(4) }}
)

(
    select
        *,
        'documented, not in the model' as difference
    from documented_columns
    except
    select
        *,
        'documented, not in the model' as difference
    from modelled_columns
)
union all
(
    select
        *,
        'in the model, not documented' as difference
    from modelled_columns
    except
    select
        *,
        'in the model, not documented' as difference
    from documented_columns
)
