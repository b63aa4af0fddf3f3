{#- Java's zones have the same IANA names. -#}
{% macro spark__is_time_zone(name) -%}
    {{- return(name in modules.pytz.all_timezones) -}}
{%- endmacro %}
