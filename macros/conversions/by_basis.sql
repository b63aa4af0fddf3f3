{#-
    What belongs to the time of a message that opens its window, as the platform's console counts: `sent` or `clicked`.

    The goal's basis on push and email, which report both; sent where no click is reported (SMS and Kakao), clicked
    where nothing is sent (in-app). channel, goal_basis: expressions. sent, clicked: expressions of what is asked for, the
    one or the other.
-#}
{% macro by_basis(channel, goal_basis, sent, clicked) -%}
    case
        when {{ channel }} in ({{ channels_without('clicked') }}) then {{ sent }}
        when {{ channel }} in ({{ channels_without('sent') }}) then {{ clicked }}
        when {{ goal_basis }} = 'sent' then {{ sent }}
        else {{ clicked }}
    end
{%- endmacro %}
