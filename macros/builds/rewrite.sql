{#-
    The warehouse's files are rewritten after the list of people to forget has changed.

    DuckDB keeps the blocks of rows that were deleted and of tables that were dropped until it needs their space, and what
    stood in them can be read from the file. So once all models are built with a new list, the tables are copied into a
    new file, which takes the old one's name. Delta and Iceberg keep the files of a table as it was; they are deleted. The
    table warehouse_rewrites, one row per rewrite, says for which list that was done: a run that is killed before leaves it to
    be done by the next.

    Statements, none when the list is that of the last rewrite or a model is out of date. Nothing may be written to the
    warehouse behind them in the same run.
-#}
{% macro rewrite_warehouse() -%}
    {%- if not execute or not keeps_deleted_rows() or flags.WHICH not in ('build', 'run') -%}{{ return('') }}{%- endif -%}
    {%- set rewrites = state_table('warehouse_rewrites') -%}
    {%- set is_of_list = "forget_list_fingerprint = " ~ forget_list_fingerprint() -%}
    {%- set readers = [] -%}
    {%- for node in graph.nodes.values() if 'source.flarelane.people.forget_list' in node.depends_on.nodes -%}
        {%- if node.resource_type == 'model' -%}{%- do readers.append(node.name) -%}{%- endif -%}
    {%- endfor -%}
    {%- set found = run_query(
        "select coalesce((select " ~ last_by('forget_list_fingerprint', 'rewritten_at') ~ " from " ~ rewrites ~ "), '') = "
        ~ forget_list_fingerprint() ~ ", (select count(*) from " ~ state_table('model_builds') ~ " where " ~ is_of_list ~ ")"
    ).rows[0] -%}
    {%- if found[0] -%}{{ return('') }}{%- endif -%}
    {%- if found[1] < readers | length or models_out_of_date() -%}
        {%- do log(
            "The forget list changed, and not all models are built with it: people who were added to it can still be found"
            ~ " in the warehouse. `dbt build` builds them all.", info=True
        ) -%}
        {{ return('') }}
    {%- endif -%}
    {%- do log("Rewriting the warehouse's files, so that nothing is left in them of people who are forgotten", info=True) -%}
    {{ rewrite_warehouse_file() }}
{%- endmacro %}
