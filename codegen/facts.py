"""The documented facts, read from the seeds, and the column rules that follow from them."""

import csv
from dataclasses import dataclass

# The order in which a message passes its stages; every funnel shows them in this order.
STAGES = [
    "created",
    "aborted",
    "sent",
    "failed",
    "delivered",
    "undelivered",
    "opened",
    "clicked",
    "complained",
    "closed",
]

# What the rates of a funnel are made of: the stages, and whether a message reached its recipient.
REACHED = "reached"

# What every event model begins with: the common columns, the partition, and the stage.
COMMON_MODEL_COLUMNS = [
    "event_id",
    "event_type",
    "channel",
    "event_stage",
    "event_at",
    "event_date",
    "project_id",
    "device_id",
    "user_id",
]

# Every event has the common columns and the partition, whatever its channel says.
CHANNEL_OWN_CATEGORIES = ("shared", "channel")


@dataclass
class Facts:
    """The rows of the seeds, as they stand there."""

    channel_rows: list
    event_types: list
    source_columns: list
    channel_columns: list
    column_value_rules: list
    funnel_rates: list

    @property
    def channels(self):
        return [row["channel"] for row in self.channel_rows]

    def channel_name(self, channel, language="en"):
        """A channel's name within a sentence; English for a language that has none."""
        [row] = [row for row in self.channel_rows if row["channel"] == channel]
        return row.get(f"name_{language}") or row["name_en"]

    def colours(self, ground):
        """The channels' colours on a `light` or `dark` ground: dict of channel to CSS colour."""
        return {row["channel"]: row[f"colour_{ground}"] for row in self.channel_rows}

    def stages(self, channel):
        reported = {row["event_stage"] for row in self.event_types if row["channel"] == channel}
        return [stage for stage in STAGES if stage in reported]

    def columns(self, source_table):
        return [row for row in self.source_columns if row["source_table"] == source_table]

    def columns_of(self, channel):
        """The documented columns of a channel, in the documented order."""
        return [row for row in self.channel_columns if row["channel"] == channel]

    def rates(self):
        """The rates of a funnel, their numerator and bases as lists of stages; no base_without_sent is None."""
        return [
            {
                "rate": row["rate"],
                "numerator": row["numerator"].split("|"),
                "base": row["base"].split("|"),
                "base_without_sent": row["base_without_sent"].split("|") if row["base_without_sent"] else None,
                "description": row["description"],
            }
            for row in self.funnel_rates
        ]

    def rate_base(self, rate, channel):
        """The stages that a rate is a share of in a channel."""
        if rate["base_without_sent"] and "sent" not in self.stages(channel):
            return rate["base_without_sent"]
        return rate["base"]

    def channels_without_rate(self, rate):
        """The channels that cannot report one of the stages that a rate needs."""
        return [
            channel
            for channel in self.channels
            if not {*rate["numerator"], *self.rate_base(rate, channel)} <= {REACHED, *self.stages(channel)}
        ]

    def crm_column(self, column_name):
        for row in self.columns("crm_events"):
            if row["column_name"] == column_name:
                return row
        raise SystemExit(f"seeds: {column_name} is not a column of crm_events")

    def column_rules(self):
        """All rules on columns: required and always null by channel, then those on values."""
        rules = []
        for channel in self.channels:
            usage = {row["column_name"]: row["usage"] for row in self.columns_of(channel)}
            own_columns = [
                row["column_name"] for row in self.columns("crm_events") if row["category"] in CHANNEL_OWN_CATEGORIES
            ]
            found = [("required", name, {}) for name in usage if usage[name] == "required"]
            found += [("always_null", name, {}) for name in own_columns if name not in usage]
            found += [
                (row["rule"], row["column_name"], value_condition(row))
                for row in self.column_value_rules
                if row["channel"] == channel
            ]
            for rule, column_name, condition in found:
                rules.append(
                    {
                        "channel": channel,
                        "rule": rule,
                        "column_name": column_name,
                        "model_column": self.crm_column(column_name)["model_column"],
                        **condition,
                    }
                )
        return rules


def value_condition(row):
    """The part of a rule on values that says which values break it, typed."""
    condition = {}
    if row["allowed_values"]:
        condition["allowed_values"] = row["allowed_values"].split("|")
    if row["condition_column"]:
        condition["condition_column"] = row["condition_column"]
        condition["condition_values"] = row["condition_values"].split("|")
    if row["minimum"]:
        condition["minimum"] = int(row["minimum"])
    if row["pattern"]:
        condition["pattern"] = row["pattern"]
    return condition


# What a channel needs beside its row in channels.csv, by the seed that has it.
NEEDED_BY_A_CHANNEL = {
    "event_types": "its event types",
    "channel_columns": "the columns that it fills",
    "column_value_rules": "the rules on its values, at least that on the format of its ids",
}


def check_channels(facts):
    """Stop with the step that was left out when a channel was added."""
    for seed, what in NEEDED_BY_A_CHANNEL.items():
        named = {row["channel"] for row in getattr(facts, seed)}
        for channel in sorted(named - set(facts.channels)):
            raise SystemExit(
                f"seeds: {seed}.csv has the channel {channel}, which channels.csv lacks: "
                "add a row there with its names and colours"
            )
        for channel in facts.channels:
            if channel not in named:
                raise SystemExit(f"seeds: channels.csv has {channel}, which {seed}.csv lacks: add {what} there")
    for row in facts.channel_rows:
        empty = [name for name, value in row.items() if not value]
        if empty:
            raise SystemExit(f"seeds: channels.csv: {row['channel']} has no {', '.join(empty)}")


def read_facts(seed_dir):
    def rows(name):
        with (seed_dir / f"{name}.csv").open(encoding="utf-8", newline="") as seed:
            return list(csv.DictReader(seed))

    facts = Facts(
        channel_rows=rows("channels"),
        event_types=rows("event_types"),
        source_columns=rows("source_columns"),
        channel_columns=rows("channel_columns"),
        column_value_rules=rows("column_value_rules"),
        funnel_rates=rows("funnel_rates"),
    )
    check_channels(facts)
    unknown = {row["event_stage"] for row in facts.event_types} - set(STAGES)
    if unknown:
        raise SystemExit(f"seeds: event_types.csv has unknown stages: {sorted(unknown)}")
    for rate in facts.rates():
        named = {*rate["numerator"], *rate["base"], *(rate["base_without_sent"] or [])}
        if named - {REACHED, *STAGES}:
            raise SystemExit(f"seeds: funnel_rates.csv has unknown stages: {sorted(named - {REACHED, *STAGES})}")
    return facts
