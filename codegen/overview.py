"""The tables of rates in models/overview.md and its Korean form; the rest of these pages is written by hand."""

import json
import re

# A page, its language, and the header of its table.
PAGES = {
    "models/overview.md": ("en", "| rate | share | channels that have it |\n|---|---|---|\n"),
    "models/overview.ko.md": ("ko", "| 비율 | 계산 | 비율이 있는 채널 |\n|---|---|---|\n"),
}


def share(texts, numerator, base):
    """A fraction as a stakeholder says it, in the words of the report."""
    names = [texts["and"].join(texts[f"of_stage.{stage}"] for stage in stages) for stages in (numerator, base)]
    return texts["share_of"].format(numerator=names[0], base=names[1])


def rate_row(facts, rate, language, texts):
    without = facts.channels_without_rate(rate)
    channels = [channel for channel in facts.channels if channel not in without]
    others = [channel for channel in channels if facts.rate_base(rate, channel) != rate["base"]]
    what = share(texts, rate["numerator"], rate["base"])
    if others:
        names = ", ".join(facts.channel_name(channel, language) for channel in others)
        what += f"; {names}: {share(texts, rate['numerator'], rate['base_without_sent'])}"
    return f"| `{rate['rate']}` | {what} | {', '.join(facts.channel_name(name, language) for name in channels)} |\n"


def overviews(project_dir, facts):
    """The overview in each language (dict of path to text), with the table as the seeds have it."""
    pages = {}
    for name, (language, header) in PAGES.items():
        text = (project_dir / name).read_text(encoding="utf-8")
        texts = json.loads((project_dir / f"report/page/texts/{language}.json").read_text(encoding="utf-8"))
        table = re.compile(re.escape(header) + r"(?:\|.*\n)*")
        if len(table.findall(text)) != 1:
            raise SystemExit(f"{name}: the table of rates is gone")
        rows = header + "".join(rate_row(facts, rate, language, texts) for rate in facts.rates())
        pages[name] = table.sub(lambda _, rows=rows: rows, text)
    return pages
