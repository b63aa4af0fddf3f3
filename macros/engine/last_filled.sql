{#- The last value so far in a window that is not null. value: expression. window: name of a window whose frame ends at the
    current row. -#}
{% macro last_filled(value, window) -%}
    {{- return(adapter.dispatch('last_filled', 'flarelane')(value, window)) -}}
{%- endmacro %}
