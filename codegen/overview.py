"""The table of rates in models/overview.md; the rest of that page is written by hand."""

import re

HEADER = "| rate | share | channels that have it |\n|---|---|---|\n"
TABLE = re.compile(re.escape(HEADER) + r"(?:\|.*\n)*")


def share(numerator, base):
    """A fraction as a stakeholder says it."""
    return f"{' and '.join(numerator)} of {' and '.join(base)}"


def rate_row(facts, rate):
    without = facts.channels_without_rate(rate)
    channels = [channel for channel in facts.channels if channel not in without]
    others = [channel for channel in channels if facts.rate_base(rate, channel) != rate["base"]]
    what = share(rate["numerator"], rate["base"])
    if others:
        names = ", ".join(facts.channel_name(channel) for channel in others)
        what += f"; {names}: {share(rate['numerator'], rate['base_without_sent'])}"
    return f"| `{rate['rate']}` | {what} | {', '.join(facts.channel_name(channel) for channel in channels)} |\n"


def overview(project_dir, facts):
    """models/overview.md with the table as the seeds have it."""
    text = (project_dir / "models/overview.md").read_text(encoding="utf-8")
    if len(TABLE.findall(text)) != 1:
        raise SystemExit("models/overview.md: the table of rates is gone")
    rows = "".join(rate_row(facts, rate) for rate in facts.rates())
    return TABLE.sub(lambda _: HEADER + rows, text)
