{#-
    Stop before anything runs when a variable is misspelt or makes no sense, with a message that names it and its value.
-#}
{% macro check_settings() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {%- do check_variables() -%}
    {%- if flags.EMPTY and flags.WHICH in ('build', 'run') -%}
        {{ exceptions.raise_compiler_error(
            "--empty is not supported: it would empty models that then count as built. To try the models out, build a"
            ~ " small export (make sample) into another file (FLARELANE_WAREHOUSE)."
        ) }}
    {%- endif -%}
    {%- set window = var('message_window_days') -%}
    {%- if window is not integer or window < 0 or window > 36500 -%}
        {{ setting_error('message_window_days', window, 'a whole number of days from 0 to 36500') }}
    {%- endif -%}
    {%- for name in ('batch_bytes', 'batch_rows') if var(name) is not integer or var(name) < 1 -%}
        {{ setting_error(name, var(name), 'a whole number above 0') }}
    {%- endfor -%}
    {%- for name in ('include_test_messages', 'expose_recipients') if var(name) is not boolean -%}
        {{ setting_error(name, var(name), 'true or false') }}
    {%- endfor -%}
    {%- for name in ('column_rule_warn_above', 'column_rule_error_above')
        if var(name) is not integer or var(name) < 0 -%}
        {{ setting_error(name, var(name), 'a number of violations, 0 or more') }}
    {%- endfor -%}
    {%- set projects = var('project_ids') -%}
    {%- if projects is string or projects is mapping or projects is not iterable -%}
        {{ setting_error('project_ids', projects, 'a list of project ids, empty for all') }}
    {%- endif -%}
    {%- for project in projects
        if not (project is string or project is integer) or project is boolean or project == '' -%}
        {{ setting_error('project_ids', projects, 'a list of project ids, empty for all') }}
    {%- endfor -%}
    {%- for name in ('start_date', 'end_date') if var(name) or var(name) is number or var(name) is boolean -%}
        {%- set date = var(name) | string -%}
        {%- if modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', date) is none
            or run_query("select try_cast('" ~ date ~ "' as date) is null").rows[0][0] -%}
            {{ setting_error(name, var(name), 'a date such as 2026-09-01, or empty') }}
        {%- endif -%}
    {%- endfor -%}
    {#- Dates of this form sort as texts do. -#}
    {%- if var('start_date') and var('end_date') and var('end_date') | string < var('start_date') | string -%}
        {{ setting_error('end_date', var('end_date'), 'the start_date, ' ~ var('start_date') ~ ', or later') }}
    {%- endif -%}
    {%- set published = var('published_models') -%}
    {%- if published is string or published is mapping or published is not iterable -%}
        {{ setting_error('published_models', published, 'a list such as [public] or [marts], empty for the whole warehouse') }}
    {%- endif -%}
    {%- for word in published -%}
        {%- set fitting = [] -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and not fitting and word in words_of_model(node) -%}
            {%- do fitting.append(node) -%}
        {%- endfor -%}
        {%- if not fitting -%}
            {{ setting_error(
                'published_models', published,
                "a list of accesses, groups, projects and folders of models; no model has '" ~ visible(word) ~ "'"
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {%- if var('state_schema') is not string -%}
        {{ setting_error('state_schema', var('state_schema'), "the name of a schema, or empty for the target's own") }}
    {%- endif -%}
    {%- set zone = var('reporting_timezone') -%}
    {%- if not is_time_zone(zone) -%}
        {{ setting_error('reporting_timezone', zone, "an IANA time zone such as Asia/Seoul or UTC") }}
    {%- endif -%}
{% endmacro %}

{#- Stop with what is wrong with a variable. name, value: the variable's. expected: what it must be, in words. -#}
{% macro setting_error(name, value, expected) %}
    {{ exceptions.raise_compiler_error(
        "The variable " ~ name ~ " is '" ~ visible(value) ~ "'; it must be " ~ expected ~ ". Set it in dbt_project.yml or"
        ~ " with --vars '" ~ name ~ ": ...'."
    ) }}
{% endmacro %}
