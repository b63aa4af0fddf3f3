{#-
    The condition under which an event of the rule's channel breaks a column rule. A null breaks no rule.

    rule: a dict of column_rules().
-#}
{% macro column_rule_violation(rule) -%}
    {%- if rule.rule == 'required' -%}
        {{ rule.model_column }} is null
    {%- elif rule.rule == 'always_null' -%}
        {{ rule.model_column }} is not null
    {%- elif rule.rule == 'accepted_values' -%}
        {{ rule.model_column }} not in ({{ quoted_list(rule.allowed_values) }})
    {%- elif rule.rule == 'only_on' -%}
        {%- set condition_values = quoted_list(rule.condition_values) -%}
        {{ rule.model_column }} is not null
        {{- ' ' -}}
        and coalesce({{ rule.condition_column }}, '') not in ({{ condition_values }})
    {%- elif rule.rule == 'range' -%}
        {{ rule.model_column }} < {{ rule.minimum }}
    {%- elif rule.rule == 'format' -%}
        not {{ matches_pattern(rule.model_column, rule.pattern) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error('column rule of an unknown kind: ' ~ rule.rule) }}
    {%- endif -%}
{%- endmacro %}

{#- Texts for SQL's `in`. values: list of texts. -#}
{% macro quoted_list(values) -%}
    {%- for value in values -%}
    {{ text_literal(value) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
