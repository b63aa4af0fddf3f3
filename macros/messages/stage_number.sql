{#-
    An event's stage as a small number, its place among documented_stages(): 0 is created.

    event_stage: expression of the stage's name.
-#}
{% macro stage_number(event_stage) -%}
    cast(
        case {{ event_stage }}
            {%- for stage in documented_stages() %}
            when '{{ stage }}' then {{ loop.index0 }}
            {%- endfor %}
        end
        as tinyint
    )
{%- endmacro %}

{#- The number of a stage, at compile time. stage: a name of documented_stages(). -#}
{% macro number_of_stage(stage) -%}
    {{- return(documented_stages().index(stage)) -}}
{%- endmacro %}
