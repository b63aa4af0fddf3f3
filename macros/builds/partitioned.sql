{#-
    Materialization: a table that a build brings up to date by the parts of the export that changed.

    Config:
    - upstream: crm_events or customer_events (the export itself), or the model, or list of models, whose parts this
      one follows. All stored models that it reads must be among these or upstream of them: what it was built from is
      what they were built from, whatever was selected for a build.
    - whole: true for a table that is small or cannot be mended in part: made anew when any part changed.
    - depends_on_settings: names of variables (and recipient_hash_key) whose change means that all is built again.
    - mend: name of a macro that returns the statements to run before the model's SQL when the table is mended in
      part: it removes what the SQL is going to insert. Default: delete the changed partitions.
    - batch_rows_of: dict of model, date_column and mended_rows. The SQL runs once for each range of dates that has
      about batch_rows rows of that model, and keeps to in_batch_dates(), so that a large table is built in little
      memory. mended_rows: the table of the model's rows that `mend` leaves, which counts while a part is mended.

    The model's SQL asks is_partial_build() and reads changed_parts(), a table of part, project_id, event_date, where
    it must restrict itself. Rows and the record of what they were built from are committed together.
-#}
{% materialization partitioned, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set upstream = config.require('upstream') -%}
    {%- set reads_export = upstream in ('crm_events', 'customer_events') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set partial = is_partial_build() -%}
    {%- set parts = changed_parts_query(model.name, upstream) if partial else upstream_parts(upstream) -%}
    {%- set is_unchanged = partial and run_query("select count(*) from (" ~ parts ~ ")").rows[0][0] == 0 -%}
    {%- if not is_unchanged -%}
        {%- call statement('changed_parts') -%}
            create or replace temporary table {{ changed_parts() }} as {{ parts }}
        {%- endcall -%}
    {%- endif -%}

    {%- if is_unchanged -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}
        {%- endcall -%}
        {%- if pre_hooks or post_hooks -%}
            {{ run_hooks(post_hooks, inside_transaction=True) }}
            {% do adapter.commit() %}
        {%- endif -%}
    {%- elif partial and not config.get('whole', false) -%}
        {%- for batch in batches_of_changed_parts(reads_export) -%}
            {%- call statement('mend') -%}
                {{ use_files_of(upstream, batch) ~ ';' if reads_export }}
                {{ context[config.get('mend', 'delete_changed_partitions')](batch) }}
            {%- endcall -%}
            {%- for dates in batches_of_dates() -%}
                {%- do run_query(use_batch_dates(dates)) -%}
                {%- call statement('main') -%}
                    insert into {{ this }} by name (
                        {{ compiled_code }}
                    )
                {%- endcall -%}
            {%- endfor -%}
            {{ finish_batch(upstream, batch, loop.index, loop.length, post_hooks) }}
        {%- endfor -%}
    {%- else -%}
        {%- if existing is not none and not partial and not should_full_refresh() -%}
            {%- do log(model.name ~ ": its code or settings changed since it was built; building it anew", info=True) -%}
        {%- endif -%}
        {%- set intermediate = make_intermediate_relation(target_relation) -%}
        {{ drop_relation_if_exists(load_cached_relation(intermediate)) }}
        {%- for batch in batches_of_changed_parts(reads_export) -%}
            {%- if reads_export -%}
                {%- do run_query(use_files_of(upstream, batch)) -%}
            {%- endif -%}
            {%- if loop.first -%}
                {%- for dates in batches_of_dates() -%}
                    {%- do run_query(use_batch_dates(dates)) -%}
                    {%- call statement('main') -%}
                        {%- if loop.first -%}
                        {{ create_table_as(False, intermediate, compiled_code) }}
                        {%- else -%}
                        insert into {{ intermediate }} by name (
                            {{ compiled_code }}
                        )
                        {%- endif -%}
                    {%- endcall -%}
                {%- endfor -%}
                {%- if existing is not none -%}
                    {{ adapter.drop_relation(existing) }}
                {%- endif -%}
                {% do adapter.rename_relation(intermediate, target_relation) %}
                {%- if not partial -%}
                    {%- do run_query(forget_build(settings_fingerprint())) -%}
                {%- endif -%}
            {%- else -%}
                {%- call statement('main') -%}
                    insert into {{ this }} by name (
                        {{ compiled_code }}
                    )
                {%- endcall -%}
            {%- endif -%}
            {{ finish_batch(upstream, batch, loop.index, loop.length, post_hooks) }}
        {%- endfor -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#-
    The changed parts in portions that are each read and committed by themselves: a list of SQL conditions on
    changed_parts(), by date. One portion, all of them, unless the export is read and it is more than batch_bytes.
    reads_export: whether the model reads the export's files.
-#}
{% macro batches_of_changed_parts(reads_export) -%}
    {%- if not reads_export -%}{{ return(['true']) }}{%- endif -%}
    {%- set dates = run_query(
        "select batch, min(event_date), max(event_date) from ("
        ~ " select event_date, floor((sum(bytes) over (order by event_date rows unbounded preceding) - bytes) / "
        ~ var('batch_bytes') ~ ") as batch"
        ~ " from (select event_date, sum(coalesce(bytes, 0)) as bytes from " ~ changed_parts() ~ " group by event_date)"
        ~ ") group by batch order by batch"
    ).rows -%}
    {%- if dates | length < 2 -%}{{ return(['true']) }}{%- endif -%}
    {%- set batches = [] -%}
    {%- for row in dates -%}
        {%- do batches.append("event_date between date '" ~ row[1] ~ "' and date '" ~ row[2] ~ "'") -%}
    {%- endfor -%}
    {{ return(batches) }}
{%- endmacro %}

{#- Record what a portion was built from and commit it; say how far the build is when there are several.
    upstream: see partitioned. batch: condition on changed_parts(). number, total: the portion's place, from 1, and how
    many there are. post_hooks: the model's post-hooks. -#}
{% macro finish_batch(upstream, batch, number, total, post_hooks) -%}
    {%- call statement('record') -%}
        {{ record_build(upstream, batch) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {%- if total > 1 -%}
        {%- do log(model.name ~ ": committed batch " ~ number ~ " of " ~ total ~ " (" ~ batch ~ ")", info=True) -%}
    {%- endif -%}
{%- endmacro %}

{#- The default way to mend a table: delete the changed partitions, which the model's SQL then inserts.
    batch: condition on changed_parts(). -#}
{% macro delete_changed_partitions(batch) -%}
    delete from {{ this }} as rows
    using (select * from {{ changed_parts() }} where {{ batch }}) as parts
    where
        rows.project_id = parts.project_id
        and rows.{{ config.get('date_column', 'event_date') }} = parts.event_date
{%- endmacro %}

{#-
    The ranges of dates in which a model with the config batch_rows_of is built: a list of [first, last], or [none].

    Each range has about batch_rows rows; one date is never divided.
-#}
{% macro batches_of_dates() -%}
    {%- set rows_of = config.get('batch_rows_of') -%}
    {%- if not rows_of -%}{{ return([none]) }}{%- endif -%}
    {%- set ranges = run_query(
        "select min(batch_date), max(batch_date) from ("
        ~ " select batch_date, floor((sum(rows) over (order by batch_date rows unbounded preceding) - rows) / "
        ~ var('batch_rows') ~ ") as batch"
        ~ " from (select " ~ rows_of.date_column ~ " as batch_date, count(*) as rows from "
        ~ (rows_of.mended_rows if is_partial_build() else ref(rows_of.model))
        ~ " group by all)) group by batch order by batch"
    ).rows -%}
    {{ return(ranges if ranges | length > 1 else [none]) }}
{%- endmacro %}

{#- Statements that set the range of dates that in_batch_dates() keeps to. dates: [first, last], or none for all. -#}
{% macro use_batch_dates(dates) -%}
    set variable batch_from = {{ "date '" ~ dates[0] ~ "'" if dates else 'cast(null as date)' }};
    set variable batch_to = {{ "date '" ~ dates[1] ~ "'" if dates else 'cast(null as date)' }}
{%- endmacro %}
