{#- The columns of a funnel's counts: messages by stage, then events. relation: name of the CTE that has them. -#}
{% macro count_columns(relation) -%}
    {%- for count in funnel_counts() %}
    {{- relation }}.{{ count }}{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The columns of distinct people: 0 where nobody was reached or clicked, null where the channel reports no click.
    relation: name of a CTE of distinct_people(), joined to the counts. -#}
{% macro people_columns(relation) -%}
    coalesce({{ relation }}.reached_recipients, 0) as reached_recipients,
    {{ if_reported('clicked', 'coalesce(' ~ relation ~ '.clicked_recipients, 0)') }} as clicked_recipients
{%- endmacro %}

{#- The rates of a funnel, each null where its base is null or 0. They read the counts beside them. -#}
{% macro rate_columns() -%}
    {%- for rate in funnel_rates() %}
    {{- rate.numerator }} / nullif(cast({{ rate.base }} as double), 0) as {{ rate.name }}{{ ',\n    ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The rates of a funnel: list of dicts name, numerator, base, where both are SQL over a funnel's counts. -#}
{% macro funnel_rates() %}
    {%- set rates = [] %}
    {%- for rate in documented_rates() %}
        {%- set base = messages_with(rate.base) %}
        {%- if rate.base_without_sent %}
            {%- set base = "case when channel in (" ~ channels_without('sent') ~ ") then "
                ~ messages_with(rate.base_without_sent) ~ " else " ~ base ~ " end" %}
        {%- endif %}
        {%- do rates.append({'name': rate.rate, 'numerator': messages_with(rate.numerator), 'base': base}) %}
    {%- endfor %}
    {{ return(rates) }}
{% endmacro %}

{#- The count of messages with a stage, as SQL over a funnel's counts; of several stages the sum. stages: list. -#}
{% macro messages_with(stages) -%}
    {%- set counts = (stages | join('_messages + ')) ~ '_messages' -%}
    {{- return('(' ~ counts ~ ')' if stages | length > 1 else counts) -}}
{%- endmacro %}
