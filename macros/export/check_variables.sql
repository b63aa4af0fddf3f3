{#- The names of the project's variables; dbt_project.yml says what each is and its default. -#}
{% macro variable_names() %}
    {{ return([
        'export_root', 'project_ids', 'start_date', 'end_date', 'expose_recipients', 'message_window_days',
        'reporting_timezone', 'include_test_messages', 'column_rule_warn_above', 'column_rule_error_above',
        'source_warn_after_hours', 'source_error_after_hours', 'batch_bytes', 'batch_rows', 'published_models',
        'state_schema',
    ]) }}
{% endmacro %}

{#-
    Stop before anything runs when a variable is set that nothing reads: most likely a name of this project, misspelt,
    whose limit dbt would ignore without a word.

    Checks the names on --vars and those in `vars` of the root's dbt_project.yml. A name is known when it is one of
    ours, a package declares it, or the code of one reads it. An unknown name stops the build when it is close to one of
    ours. It always stops the build where it can only be meant for us: below this package's name in `vars`, and on --vars
    when no other package is installed. Names below another package's name are not checked.
-#}
{% macro check_variables() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {%- set own_package = 'flarelane' -%}
    {%- set packages = adapter.config.load_dependencies() -%}
    {%- set root = adapter.config.project_name -%}
    {%- set others = packages.keys() | reject('in', [own_package, 'dbt', 'dbt_' ~ target.type]) | list -%}
    {%- set known = variable_names() -%}
    {%- for package in others if package != root -%}
        {%- do known.extend(packages[package].vars.to_dict() | list) -%}
        {%- do known.extend(packages[package].vars.to_dict().get(package, {}) | list) -%}
    {%- endfor -%}

    {%- set in_root = packages[root].vars.to_dict() -%}
    {%- for name in in_root.get(own_package, {}) if name not in known -%}
        {{ unknown_variable(name, 'in dbt_project.yml', closest_variable(name)) }}
    {%- endfor -%}
    {%- for name in in_root if name not in known and name not in packages -%}
        {%- set meant = closest_variable(name) -%}
        {%- if meant and not reads_variable(name) -%}{{ unknown_variable(name, 'in dbt_project.yml', meant) }}{%- endif -%}
        {%- do known.append(name) -%}
    {%- endfor -%}
    {%- for name in invocation_args_dict.vars or {} if name not in known -%}
        {%- set meant = closest_variable(name) -%}
        {%- if (meant or not others) and not reads_variable(name) -%}
            {{ unknown_variable(name, 'on --vars', meant) }}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- Stop because of a variable that nothing reads. name: the variable's. place: where it is set, in words.
    meant: the name that it is close to, or none. -#}
{% macro unknown_variable(name, place, meant) %}
    {{ exceptions.raise_compiler_error(
        "There is no variable " ~ visible(name) ~ ", which is set " ~ place ~ "."
        ~ (" Did you mean " ~ meant ~ "?" if meant else "")
        ~ " The variables are " ~ variable_names() | join(', ') ~ "."
    ) }}
{% endmacro %}

{#- The variable of ours that a name is close to, or none. name: the name that was set. -#}
{% macro closest_variable(name) %}
    {{ return(closest_name(name, variable_names())) }}
{% endmacro %}

{#- Whether the code of any package reads a variable. name: the variable's. -#}
{% macro reads_variable(name) %}
    {%- set pattern = "\\bvar\\(\\s*['\"]" ~ modules.re.escape(name) ~ "['\"]" -%}
    {%- for node in graph.nodes.values() if modules.re.search(pattern, node.raw_code ~ node.unrendered_config) -%}
        {{ return(true) }}
    {%- endfor -%}
    {%- for package in adapter.config.load_dependencies() if package in context -%}
        {%- for used in context[package].values() if modules.re.search(pattern, used.macro.macro_sql) -%}
            {{ return(true) }}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(false) }}
{% endmacro %}
