{#-
    Which time of a message opens its window, as the platform's console counts: `sent` or `clicked`.

    The goal's basis on push and email, which report both; sent where no click is reported (SMS and Kakao), clicked
    where nothing is sent (in-app). channel, goal_basis: expressions.
-#}
{% macro basis_of_channel(channel, goal_basis) -%}
    case
        when {{ channel }} in ({{ channels_without('clicked') }}) then 'sent'
        when {{ channel }} in ({{ channels_without('sent') }}) then 'clicked'
        else {{ goal_basis }}
    end
{%- endmacro %}
