{#- A timestamp some hours later. timestamp: expression. hours: expression of a whole number, below 0 for earlier. -#}
{% macro add_hours(timestamp, hours) -%}
    {{- return(adapter.dispatch('add_hours', 'flarelane')(timestamp, hours)) -}}
{%- endmacro %}

{#- Which of the pieces of time, each some hours long, a timestamp lies in: a whole number that grows with time.
    timestamp: expression. hours: expression of a whole number above 0. -#}
{% macro piece_of_time(timestamp, hours) -%}
    {{- return(adapter.dispatch('piece_of_time', 'flarelane')(timestamp, hours)) -}}
{%- endmacro %}
