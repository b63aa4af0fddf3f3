{#-
    Log the first rows of each data test that failed: where it failed, what was expected and what was found. dbt itself
    says how many rows there are, and the path of the query.

    Columns with the tag personal_data are left out, and what looks like a phone number or an email address is masked in
    the others. results: those of on-run-end.
-#}
{% macro show_failures(results) %}
    {%- if not execute or flags.WHICH not in ('build', 'test') -%}{{ return('') }}{%- endif -%}
    {%- set rows_of_a_test, most_tests = 5, 20 -%}
    {%- set failed = results | selectattr('status', 'equalto', 'fail') | selectattr('node.resource_type', 'equalto', 'test')
        | list -%}
    {%- set personal = personal_columns() if failed else [] -%}
    {%- for result in failed[:most_tests] -%}
        {%- set test = result.node -%}
        {%- set rows = run_query(
            "select * from (\n" ~ test.compiled_code ~ "\n) as failures order by all limit " ~ rows_of_a_test
        ) -%}
        {%- do log(
            test.alias ~ (" fails in:" if rows | length < rows_of_a_test else " fails, to begin with, in:"), info=True
        ) -%}
        {%- for row in rows -%}
            {%- set cells = [] -%}
            {%- for name in rows.column_names if row[name] is not none -%}
                {#- The tests of one column give its values another name. -#}
                {%- set column = test.column_name if name in ('unique_field', 'value_field', 'from_field') else name -%}
                {%- do cells.append(
                    name ~ " " ~ ("[personal data]" if column in personal else without_personal_data(row[name]))
                ) -%}
            {%- endfor -%}
            {%- do log("  " ~ cells | join(", "), info=True) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if failed | length > most_tests -%}
        {%- do log(
            (failed | length - most_tests) ~ " more tests failed; `dbt test --select <test>` shows the rows of each.", info=True
        ) -%}
    {%- endif -%}
{% endmacro %}

{#- The names of the columns, of any model or source, that hold personal data. -#}
{% macro personal_columns() %}
    {%- set names = [] -%}
    {%- for node in (graph.nodes.values() | list) + (graph.sources.values() | list) -%}
        {%- for column in node.columns.values() if 'personal_data' in column.tags -%}
            {%- do names.append(column.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names | unique | list) }}
{% endmacro %}

{#-
    A value as a log line may show it: without what looks like an email address or a phone number, and no longer than
    can be read. A date is no phone number; report/site_data.py, which masks the texts of errors, takes it for one.

    value: of any type.
-#}
{% macro without_personal_data(value) %}
    {%- if value is not string -%}{{ return(value | string) }}{%- endif -%}
    {%- set text = modules.re.sub('[^\\s@<>"\']+@[^\\s@<>"\']+\\.[^\\s@<>"\']+', '[email]', value) -%}
    {%- set parts = [] -%}
    {%- for part in modules.re.split('((?<![0-9])[0-9]{4}-[01][0-9]-[0-3][0-9](?![0-9]))', text) -%}
        {%- do parts.append(
            modules.re.sub('\\+?\\(?[0-9](?:[-\\s().]{0,2}[0-9]){7,}', '[number]', part) if loop.index % 2 else part
        ) -%}
    {%- endfor -%}
    {%- set text = parts | join -%}
    {{ return(visible(text[:299] ~ '…' if text | length > 300 else text)) }}
{% endmacro %}
