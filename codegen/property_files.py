"""The YAML and Markdown files that describe sources, channel models and column rules."""

import copy
import csv
import textwrap
from collections import Counter

import yaml

from codegen.facts import COMMON_MODEL_COLUMNS

# Where dbt-duckdb finds a source table's rows: the build sets the variables (see use_files_of). Naming the columns
# gives a file that lacks one nulls, whatever the order, without opening every file to compare.
EXTERNAL_LOCATION = (
    "read_parquet(getvariable('{table}_files'), schema = getvariable('{table}_schema'), binary_as_string = true)"
)

# How old the newest data may be: see newest_in_export.
FRESHNESS = {
    "warn_after": {"count": "{{ var('source_warn_after_hours') }}", "period": "hour"},
    "error_after": {"count": "{{ var('source_error_after_hours') }}", "period": "hour"},
}

SOURCE_DESCRIPTIONS = {
    "crm_events": (
        "One row per exported message event, as delivered: an event can stand twice, and rows that "
        "break the documentation are still there."
    ),
    "customer_events": (
        "One row per exported customer event (custom tracking event), as delivered: an event can stand twice."
    ),
}

# What staging casts a source column to, where that is not the source's own type.
MODEL_TYPES = {"event_at": "timestamp", "event_date": "date", "data": "json"}

RESULT_COLUMNS = {
    "project_id": ("varchar", '{{ doc("project_id") }}'),
    "event_date": ("date", '{{ doc("event_date") }}'),
    "channel": ("varchar", '{{ doc("channel") }}'),
    "rule": (
        "varchar",
        "The kind of rule: required, always_null, accepted_values, only_on, range or format.",
    ),
    "column_name": ("varchar", "The column that the rule is about, by the source's name."),
    "checked_events": (
        "bigint",
        "Accepted events of the channel on that day, whether or not the column is filled; 0 when the channel had none.",
    ),
    "violations": ("bigint", "How many of the checked events break the rule."),
}


class IndentedDumper(yaml.SafeDumper):
    """Lists are indented below their key, and texts of several lines are written as blocks."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def write_text(dumper, text):
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


IndentedDumper.add_representer(str, write_text)


def generated_from(seeds):
    names = ", ".join(f"seeds/{seed}.csv" for seed in seeds)
    return f"Generated from {names}: change the seed and run `make generate`."


def paragraphs(*texts):
    """Markdown paragraphs, wrapped."""
    return "\n\n".join(textwrap.fill(text, 88, break_long_words=False, break_on_hyphens=False) for text in texts)


def yaml_text(content):
    return yaml.dump(content, Dumper=IndentedDumper, sort_keys=False, allow_unicode=True, width=88)


def property_file(seeds, content):
    header = textwrap.indent(textwrap.fill(generated_from(seeds), 96), "# ")
    return f"{header}\n{yaml_text({'version': 2, **content})}"


def doc(name):
    return f'{{{{ doc("{name}") }}}}'


def listed(values):
    return ", ".join(f"`{value}`" for value in values)


def doc_block_name(facts, row):
    """Customer events share a column's block where they share its meaning."""
    if row["source_table"] == "customer_events":
        shared = {(other["model_column"], other["description"]) for other in facts.columns("crm_events")}
        if (row["model_column"], row["description"]) not in shared:
            return f"customer_{row['model_column']}"
    return row["model_column"]


def is_hashed(row):
    return row["model_column"] == f"{row['column_name']}_hash"


def is_personal(row):
    return row["contains_personal_data"] == "true"


def personal_data_config(row):
    if not is_personal(row):
        return {}
    return {"config": {"tags": ["personal_data"], "meta": {"contains_personal_data": True}}}


def doc_blocks(facts):
    """columns.md: one block a column, used wherever the column recurs."""
    blocks = {}
    for row in facts.source_columns:
        name = doc_block_name(facts, row)
        if name in blocks:
            continue
        source = f"Source: `{row['column_name']}`."
        personal = ["Personal data."] if is_personal(row) else []
        if is_hashed(row):
            blocks[row["column_name"]] = [row["description"], source, "Personal data, in clear."]
            blocks[name] = [
                f"Keyed hash of `{row['column_name']}`: equal recipients have equal hashes, and "
                "nobody without the key can tell whose it is.",
                row["description"],
                source,
                "Personal data, pseudonymous.",
            ]
        else:
            blocks[name] = [row["description"], source, *personal]
    renamed = [
        f"`{row['event_type']}` is `{row['event_stage']}`"
        for row in facts.event_types
        if row["event_type"].split(".")[1] != row["event_stage"]
    ]
    blocks["event_stage"] = [
        f"The stage that the event reports: the part of `event_type` after the dot, but {' and '.join(renamed)}.",
        "Source: `type`.",
    ]
    header = paragraphs(generated_from(["source_columns", "event_types"]))
    text = f"<!--\n{header}\n-->\n"
    for name, texts in blocks.items():
        text += f"\n{{% docs {name} %}}\n" + paragraphs(*texts) + "\n{% enddocs %}\n"
    return text


def count_in_words(stages):
    """The counts of stages as a term of a fraction."""
    sum_of_counts = " + ".join(f"`{stage}_messages`" for stage in stages)
    return f"({sum_of_counts})" if len(stages) > 1 else sum_of_counts


def rate_in_words(facts, rate):
    """A rate's fraction; a second one for the channels that cannot report what was sent."""
    numerator = count_in_words(rate["numerator"])
    text = f"{numerator} / {count_in_words(rate['base'])}"
    others = [channel for channel in facts.channels if facts.rate_base(rate, channel) != rate["base"]]
    if others:
        text += f"; for {listed(others)} {numerator} / {count_in_words(rate['base_without_sent'])}"
    return text


def rate_doc_blocks(facts):
    """funnel_rates.md: one block a rate."""
    text = f"<!--\n{paragraphs(generated_from(['funnel_rates', 'event_types']))}\n-->\n"
    for rate in facts.rates():
        without = facts.channels_without_rate(rate)
        null = "Null where the base is 0 or null" + (f", and for {listed(without)}." if without else ".")
        block = paragraphs(f"{rate_in_words(facts, rate)}.", f"{rate['description']} {null}")
        text += f"\n{{% docs {rate['rate']} %}}\n{block}\n{{% enddocs %}}\n"
    return text


def sources(facts):
    tables = []
    for table, description in SOURCE_DESCRIPTIONS.items():
        columns = []
        for row in facts.columns(table):
            name = row["column_name"] if is_hashed(row) else doc_block_name(facts, row)
            columns.append(
                {
                    "name": row["column_name"],
                    "description": doc(name),
                    "data_type": row["data_type"],
                    **personal_data_config(row),
                }
            )
        tables.append(
            {
                "name": table,
                "description": description,
                "config": {
                    "freshness": copy.deepcopy(FRESHNESS),
                    "loaded_at_query": f"{{{{ newest_in_export('{table}') }}}}",
                    "meta": {"external_location": EXTERNAL_LOCATION.format(table=table)},
                },
                "columns": columns,
            }
        )
    source = {
        "name": "flarelane",
        "description": "The FlareLane event export: Parquet files by project and UTC date.",
        "tables": tables,
    }
    return property_file(["source_columns"], {"sources": [source]})


def rule_in_words(rule):
    """A rule as it is written at its column."""
    kind = rule["rule"].replace("_", " ")
    if "allowed_values" in rule:
        return f"{kind} {listed(rule['allowed_values'])}"
    if "condition_column" in rule:
        return f"{kind} `{rule['condition_column']}` {listed(rule['condition_values'])}"
    if "minimum" in rule:
        return f"{kind} from {rule['minimum']}"
    if "pattern" in rule:
        return f"{kind} `{rule['pattern']}`"
    return kind


def channel_model(facts, channel):
    """The properties of one channel's staging model."""
    crm_columns = {row["model_column"]: row for row in facts.columns("crm_events")}
    rules = [rule for rule in facts.column_rules() if rule["channel"] == channel]
    usage = {facts.crm_column(row["column_name"])["model_column"]: row for row in facts.columns_of(channel)}

    columns = []
    for name in [*COMMON_MODEL_COLUMNS, *usage]:
        row = crm_columns.get(name)
        texts = [doc(name)]
        if name in usage and usage[name]["description"] != row["description"]:
            texts.append(f"In this channel: {usage[name]['description']}")
        holding = [rule_in_words(rule) for rule in rules if rule["model_column"] == name]
        if holding:
            texts.append(f"Rules: {'; '.join(holding)}.")
        columns.append(
            {
                "name": name,
                "description": paragraphs(*texts),
                "data_type": MODEL_TYPES.get(name, row["data_type"] if row else "varchar"),
                **(personal_data_config(row) if row else {}),
            }
        )

    others = sorted({rule["column_name"] for rule in rules if rule["rule"] == "always_null"})
    name = facts.channel_name(channel)
    description = [
        f"One row per accepted {name} event, with just the columns that the channel populates. "
        "Rejected rows and duplicates are left out; events that break a column rule are in.",
        f"Stages: {listed(facts.stages(channel))}.",
        f"Left out, because always null in this channel: {listed(others)}.",
    ]
    model = {
        "name": f"stg_flarelane__{channel}_events",
        "description": paragraphs(*description),
        "columns": columns,
    }
    return property_file(
        ["channels", "event_types", "source_columns", "channel_columns", "column_value_rules"],
        {"models": [model]},
    )


def channel_sql(facts, channel):
    """The SQL of one channel's staging model."""
    name = facts.channel_name(channel)
    return (
        f"-- One row per accepted {name} event, with just the columns that the channel populates.\n"
        f"-- {generated_from(['channels'])}\n"
        f"{{{{ channel_events('{channel}') }}}}\n"
    )


def column_rule_results(facts):
    """The properties of column_rule_results, with one named test a rule."""
    rules = facts.column_rules()
    tests = [
        {
            "column_rule_holds": {
                "name": f"{rule['channel']}__{rule['column_name']}__{rule['rule']}",
                "arguments": {
                    "channel": rule["channel"],
                    "rule": rule["rule"],
                    "column_name": rule["column_name"],
                },
            }
        }
        for rule in rules
    ]
    model = {
        "name": "column_rule_results",
        "description": (
            "One row per project, date, channel, rule and column: how many events were checked, "
            "and how many break the rule. The population is the accepted events of the channel. "
            f"Every day of the export has all {len(rules)} rules, with zeros where a channel had no "
            "event. Do not add checked_events up over rules: each rule checks the same events."
        ),
        "data_tests": tests,
        "columns": [
            {"name": name, "description": description, "data_type": data_type}
            for name, (data_type, description) in RESULT_COLUMNS.items()
        ],
    }
    return property_file(["source_columns", "channel_columns", "column_value_rules"], {"models": [model]})


def rule_results_fixture(facts, fixtures):
    """What the unit test of column_rule_results expects: every rule, zero but for the violations listed by hand."""

    def rows(name):
        with (fixtures / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    events = Counter(row["channel"] for row in rows("column_rule_events.csv"))
    violations = Counter(
        (row["channel"], row["rule"], row["column_name"]) for row in rows("column_rule_violations_of_bad_events.csv")
    )
    lines = ["project_id,event_date,channel,rule,column_name,checked_events,violations"]
    for rule in facts.column_rules():
        key = rule["channel"], rule["rule"], rule["column_name"]
        lines.append(f"shop,2026-03-01,{','.join(key)},{events[rule['channel']]},{violations[key]}")
    return "\n".join(lines) + "\n"


def property_files(facts):
    files = {
        "models/staging/_flarelane__sources.yml": sources(facts),
        "models/staging/columns.md": doc_blocks(facts),
        "models/marts/funnel_rates.md": rate_doc_blocks(facts),
        "models/quality/_column_rule_results.yml": column_rule_results(facts),
    }
    for channel in facts.channels:
        path = f"models/staging/_stg_flarelane__{channel}_events.yml"
        files[path] = channel_model(facts, channel)
        files[f"models/staging/stg_flarelane__{channel}_events.sql"] = channel_sql(facts, channel)
    return files
