{#-
    Stop before anything runs when a goal of the seed conversion_goals makes no sense, with a message that names goal
    and column.

    Reads the file that people edit, not the table that `dbt seed` made of it: that is made after this, and only models
    behind it would be stopped. Whoever changes how a goal is read changes tests/python/contract_reference.py too.
-#}
{% macro check_conversion_goals() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set seed = seed_of_goals() -%}
    {%- if not seed -%}{{ return('') }}{%- endif -%}
    {%- set path = seed.root_path ~ '/' ~ seed.original_file_path -%}
    {%- set problems = broken_csv_lines(path) or problems_of_goals(run_query(read_csv_texts(path)), seed) -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            "No conversion can be counted with " ~ seed.original_file_path ~ ":\n- " ~ problems | unique | join('\n- ')
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- The seed of the goals, of this project or of the one that uses it: a node of the graph, or none. -#}
{% macro seed_of_goals() -%}
    {{ return(
        graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed')
        | selectattr('name', 'equalto', 'conversion_goals') | first
    ) }}
{%- endmacro %}

{#- What is wrong with the goals: a list of texts. rows: of the file, an agate table of texts. seed: node of the graph. -#}
{% macro problems_of_goals(rows, seed) -%}
    {%- set problems = [] -%}
    {%- set unknown = rows.column_names | reject('in', seed.config.column_types) | map('string') | join(', ') -%}
    {%- if ';' in unknown -%}{{ return([no_commas(unknown)]) }}{%- endif -%}
    {%- for column in seed.config.column_types if column not in rows.column_names -%}
        {%- do problems.append("it has no column " ~ column ~ (", and does have " ~ visible(unknown) if unknown else "")) -%}
    {%- endfor -%}
    {%- if problems -%}{{ return(problems) }}{%- endif -%}
    {%- set names = rows.columns['goal'].values() | list -%}
    {%- for row in rows.rows -%}
        {%- set place = "goal '" ~ row['goal'] ~ "'" if row['goal'] else 'line ' ~ (loop.index + 1) -%}
        {%- for problem in problems_of_goal(row, names) -%}
            {%- do problems.append(place ~ ", column " ~ problem) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}

{#- What is wrong with one row of the seed: a list of texts, each beginning with the column. row: of the seed, all texts.
    names: those of all goals. -#}
{% macro problems_of_goal(row, names) -%}
    {%- set problems = [] -%}
    {%- if not row['goal'] -%}
        {%- do problems.append("goal is empty; each goal needs a name") -%}
    {%- elif names | select('equalto', row['goal']) | list | length > 1 -%}
        {%- do problems.append("goal: the name stands more than once; each goal needs one of its own") -%}
    {%- endif -%}
    {%- if not row['event_type'] -%}
        {%- do problems.append("event_type is empty; it must be the type of a customer event") -%}
    {%- endif -%}
    {%- if row['basis'] not in ('sent', 'clicked') -%}
        {%- do problems.append("basis is '" ~ (row['basis'] or '') ~ "'; it must be sent or clicked") -%}
    {%- endif -%}
    {#- Nine digits are a hundred thousand years. -#}
    {%- if not modules.re.fullmatch('0*[1-9][0-9]{0,8}', row['window_hours'] or '') -%}
        {%- do problems.append(
            "window_hours is '" ~ (row['window_hours'] or '') ~ "'; it must be a whole number of hours above 0"
        ) -%}
    {%- endif -%}
    {%- for column in ('property_path', 'amount_path', 'quantity_path')
        if row[column] and not modules.re.fullmatch(json_path_pattern(), row[column]) -%}
        {%- do problems.append(
            column ~ " is '" ~ row[column] ~ "'; it must be a JSON path to one value, such as $.total or"
            ~ " $.items[0].\"unit price\""
        ) -%}
    {%- endfor -%}
    {%- if row['property_path'] and not row['property_value'] -%}
        {%- do problems.append("property_value is empty; a property_path needs the value that is looked for") -%}
    {%- elif row['property_value'] and not row['property_path'] -%}
        {%- do problems.append("property_path is empty; a property_value needs the path where it is looked for") -%}
    {%- endif -%}
    {%- if row['amount_path'] and not row['currency'] -%}
        {%- do problems.append("currency is empty; an amount_path needs the currency of the amounts") -%}
    {%- endif -%}
    {{ return(problems) }}
{%- endmacro %}
