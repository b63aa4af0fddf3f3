"""The Jinja macros through which models read the documented facts while dbt compiles."""

from codegen.facts import COMMON_MODEL_COLUMNS, STAGES

MAX_LINE = 100

HEADER = """\
{#-
    Generated from seeds/channels.csv, seeds/event_types.csv, seeds/source_columns.csv, seeds/channel_columns.csv,
    seeds/column_value_rules.csv and seeds/funnel_rates.csv: change the seed and run `make generate`.
-#}
"""


def literal(value):
    """A Jinja literal."""
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if value is None:
        return "none"
    if isinstance(value, list):
        return "[" + ", ".join(literal(entry) for entry in value) + "]"
    return str(value)


def entries(row, indent):
    """A dictionary on one line, or one entry a line where that would be too long."""
    pairs = [f"{literal(key)}: {literal(value)}" for key, value in row.items()]
    line = " " * indent + "{" + ", ".join(pairs) + "},"
    if len(line) <= MAX_LINE:
        return line
    inner = "".join(" " * (indent + 4) + pair + ",\n" for pair in pairs)
    return " " * indent + "{\n" + inner + " " * indent + "},"


def list_macro(signature, comment, rows):
    lines = [entries(row, 8) if isinstance(row, dict) else " " * 8 + literal(row) + "," for row in rows]
    return (
        f"\n{{#- {comment} -#}}\n"
        f"{{% macro {signature}() %}}\n"
        "    {{ return([\n" + "\n".join(lines) + "\n    ]) }}\n"
        "{% endmacro %}\n"
    )


def by_channel_macro(signature, comment, lists):
    lines = []
    for channel, values in lists.items():
        lines.append(f"        {literal(channel)}: [")
        lines.extend(f"            {literal(value)}," for value in values)
        lines.append("        ],")
    return (
        f"\n{{#- {comment} -#}}\n"
        f"{{% macro {signature}(channel) %}}\n"
        "    {{ return({\n" + "\n".join(lines) + "\n    }[channel]) }}\n"
        "{% endmacro %}\n"
    )


def documented_facts_macros(facts):
    model_columns = {row["column_name"]: row["model_column"] for row in facts.columns("crm_events")}

    columns_by_channel = {channel: facts.columns_of(channel) for channel in facts.channels}

    def pick(rows, *keys):
        return [{key: row[key] for key in keys} for row in rows]

    column_keys = ("column_name", "model_column", "data_type", "category")
    all_stages = [stage for stage in STAGES if any(stage in facts.stages(channel) for channel in facts.channels)]
    return HEADER + "".join(
        [
            list_macro(
                "documented_event_types",
                "The documented event types, with the channel and the stage that each reports.",
                pick(facts.event_types, "event_type", "channel", "event_stage"),
            ),
            list_macro("documented_channels", "The channels of crm_events.", facts.channels),
            list_macro(
                "documented_stages",
                "The stages of all channels, in the order in which a message passes them.",
                all_stages,
            ),
            by_channel_macro(
                "channel_stages",
                "The stages that a channel can report. channel: the name.",
                {channel: facts.stages(channel) for channel in facts.channels},
            ),
            list_macro(
                "crm_source_columns",
                "The columns of the source table crm_events; model_column is the staging name.",
                pick(facts.columns("crm_events"), *column_keys),
            ),
            list_macro(
                "customer_source_columns",
                "The columns of the source table customer_events, likewise.",
                pick(facts.columns("customer_events"), *column_keys),
            ),
            list_macro(
                "common_event_columns",
                "The columns that the events of every channel have, by their staging names.",
                COMMON_MODEL_COLUMNS,
            ),
            by_channel_macro(
                "channel_columns",
                "The columns that a channel populates, by their staging names. channel: the name.",
                {
                    channel: [model_columns[row["column_name"]] for row in columns]
                    for channel, columns in columns_by_channel.items()
                },
            ),
            list_macro(
                "column_rules",
                "Every rule on a column of a channel; column_name is the source's name.",
                facts.column_rules(),
            ),
            list_macro(
                "documented_rates",
                "The rates of a funnel, by the stages that they count: what is summed stands in a list.",
                pick(facts.rates(), "rate", "numerator", "base", "base_without_sent"),
            ),
        ]
    )
