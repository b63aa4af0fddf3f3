{#- The models that a test reads, through views, down to the stored ones: a list of names, empty for a test that always
    runs. test: node of the graph. -#}
{% macro models_of_test(test) -%}
    {%- set names = [] -%}
    {%- set open = test.depends_on.nodes | unique | list -%}
    {%- for id in open -%}
        {%- set parent = graph.nodes.get(id) -%}
        {%- if parent is none -%}{{ return([]) }}
        {%- elif parent.resource_type == 'seed' -%}
        {%- elif parent.config.materialized == 'partitioned' -%}
            {%- do names.append(parent.name) -%}
        {%- elif parent.config.materialized == 'stable_view' and parent.depends_on.nodes -%}
            {%- do names.append(parent.name) -%}
            {%- for next in parent.depends_on.nodes if next not in open -%}{%- do open.append(next) -%}{%- endfor -%}
        {%- else -%}{{ return([]) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- A fingerprint of a test's SQL, of the seeds that it reads and of what decides whether it passes: text. test: node of
    the graph. compiled_code: of the test, text. -#}
{% macro made_with_of_test(test, compiled_code) -%}
    {%- set made_with = [
        compiled_code, test.config.fail_calc, test.config.warn_if, test.config.error_if, test.config.limit | string
    ] -%}
    {%- for id in test.depends_on.nodes if graph.nodes.get(id, {}).get('resource_type') == 'seed' -%}
        {%- do made_with.append(graph.nodes[id].checksum.checksum) -%}
    {%- endfor -%}
    {{ return(local_md5(made_with | join('|'))) }}
{%- endmacro %}

{#-
    The result that dbt wants of a data test which has passed on the rows that are stored, so that it need not run again;
    none for another one. A table of one row. The first time in a run it runs queries.

    passed_tests has a row for each test and model that it reads, through views, with made_with, of the test's SQL and
    settings. What writes a model takes the model's rows out in the same transaction (see record_code()), and notes the
    model for this run, which reads the table once. So a test runs again once one of its models changed in rows, code or
    settings. Rows are entered at the end of a run, for tests that passed: one that warned or failed runs in each build.
    `dbt test` runs all.

    A test of what is not a stored model or a view always runs: of the export's files, of the scope of a run, of the project.
-#}
{% macro result_of_passed_test() -%}
    {%- if not keeps_passed_tests() or should_store_failures() -%}{{ return(none) }}{%- endif -%}
    {%- set test = graph.nodes[model.unique_id] -%}
    {%- set models = models_of_test(test) -%}
    {%- if not models -%}{{ return(none) }}{%- endif -%}
    {%- if models | select('in', graph['written_models']) | list -%}{{ return(none) }}{%- endif -%}
    {%- if 'passed_tests' not in graph -%}{%- do read_passed_tests() -%}{%- endif -%}
    {%- set passed = graph['passed_tests'] -%}
    {%- set made_with = made_with_of_test(test, model.compiled_code) -%}
    {{ return(passed.result if passed.models.get((test.unique_id, made_with)) == models | length else none) }}
{%- endmacro %}

{#- Keep what the state says of tests that passed where all nodes of the run find it, as one query is cheaper than hundreds:
    of how many models a test and what it was made with read the rows, and the result that dbt wants. Runs queries. -#}
{% macro read_passed_tests() -%}
    {%- set models = {} -%}
    {%- for test, made_with, count in run_query(
        "select test, made_with, count(*) from " ~ state_table('passed_tests') ~ " group by test, made_with"
    ).rows -%}
        {%- do models.update({(test, made_with): count}) -%}
    {%- endfor -%}
    {%- set result = run_query("select 0 as failures, false as should_warn, false as should_error") -%}
    {%- do graph.update({'passed_tests': {'models': models, 'result': result}}) -%}
{%- endmacro %}

{#- Whether tests that passed are noted: in builds of a project that is not another one's package, as dbt takes its own
    materialization of tests there. -#}
{% macro keeps_passed_tests() -%}
    {{ return(warehouse_is_a_file() and flags.WHICH == 'build' and adapter.config.project_name == 'flarelane') }}
{%- endmacro %}

{#- Enter the tests that passed, and say how many were not run again. Runs queries. results: those of on-run-end. -#}
{% macro note_passed_tests(results) -%}
    {%- if not execute or not keeps_passed_tests() -%}{{ return('') }}{%- endif -%}
    {%- set passed = results | selectattr('status', 'equalto', 'pass') | selectattr('node.resource_type', 'equalto', 'test')
        | list -%}
    {%- set tests = [] -%}
    {%- set rows = [] -%}
    {%- for result in passed if result.adapter_response._message != 'UNCHANGED' -%}
        {%- set test = graph.nodes[result.node.unique_id] -%}
        {%- set models = models_of_test(test) -%}
        {%- set made_with = made_with_of_test(test, result.node.compiled_code) if models else none -%}
        {%- for name in models -%}
            {%- do rows.append("('" ~ [name, test.unique_id, made_with] | join("', '") ~ "')") -%}
        {%- endfor -%}
        {%- if models -%}{%- do tests.append("'" ~ test.unique_id ~ "'") -%}{%- endif -%}
    {%- endfor -%}
    {%- if rows -%}
        {%- do run_query(
            "delete from " ~ state_table('passed_tests') ~ " where test in (" ~ tests | join(", ") ~ "); insert into "
            ~ state_table('passed_tests') ~ " values " ~ rows | join(", ")
        ) -%}
    {%- endif -%}
    {%- set not_run = passed | selectattr('adapter_response._message', 'equalto', 'UNCHANGED') | list | length -%}
    {%- if not_run -%}
        {%- do log(
            not_run ~ " data tests were not run again: they passed, and what they read has not changed since."
            ~ " `dbt test` runs all.", info=True
        ) -%}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}
