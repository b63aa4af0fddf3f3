"""The properties of the models that count a funnel, from the one description in codegen/funnels.yml."""

import textwrap
from pathlib import Path

import yaml

from codegen.facts import STAGES
from codegen.property_files import doc, listed, paragraphs, yaml_text

DESCRIPTION = Path(__file__).with_name("funnels.yml")
HEADER = "# Generated from codegen/funnels.yml: change it and run `make generate`.\n"

COUNTS = ["messages", *(f"{stage}_messages" for stage in STAGES), "reached_messages", "open_events", "click_events"]
# Never null, whatever a channel can report.
ALWAYS_COUNTED = ("messages", "reached_messages")
# The optional columns, by the names that `has` gives them.
PEOPLE = ["reached_recipients", "clicked_recipients"]
TIMES = ["first_message_at", "last_message_at"]
MEDIANS = ["median_seconds_to_delivery", "median_seconds_to_click"]
OPTIONS = ("people", "enrollments", "rates", "times", "medians", "is_settled")
GRAIN_TYPES = {"message_date": "date", "message_hour": "integer"}


def column(name, data_type, block=None):
    return {"name": name, "description": doc(block or name), "data_type": data_type}


def grain_columns(funnel):
    """The columns that make a row, each with what stands beside it."""
    columns = []
    for name in funnel["grain"]:
        columns.append(column(name, GRAIN_TYPES.get(name, "varchar")))
        beside = funnel.get("beside", {}).get(name)
        if beside:
            columns.append(column(beside["name"], beside.get("data_type", "varchar"), beside["doc"]))
    return columns


def funnel_columns(facts, funnel):
    has = funnel["has"]
    return [
        *grain_columns(funnel),
        *(column(count, "bigint") for count in COUNTS),
        *(column(name, "bigint") for name in PEOPLE if "people" in has),
        *(column(name, "bigint") for name in ["enrollments"] if "enrollments" in has),
        *(column(rate["rate"], "double") for rate in facts.rates() if "rates" in has),
        *(column(name, "timestamp") for name in TIMES if "times" in has),
        *(column(name, "double") for name in MEDIANS if "medians" in has),
        *(column(name, "boolean") for name in ["is_settled"] if "is_settled" in has),
    ]


def filled_columns(funnel):
    """The columns that are null in no row."""
    keys = [name for name in funnel["grain"] if name not in funnel.get("nullable", [])]
    return [*keys, *ALWAYS_COUNTED, *(name for name in ["is_settled"] if name in funnel["has"])]


def funnel_tests(funnel, funnels, is_mart):
    """What holds for every funnel; a model of counts is tested for what no other test would see."""
    model = funnel["model"]
    found = [{"unreported_stages_are_null": {"name": f"{model}_is_null_where_a_channel_cannot_report"}}]
    if not is_mart:
        return found
    filled = {"name": f"{model}_columns_are_filled", "arguments": {"columns": filled_columns(funnel)}}
    found.append({"filled_columns": filled})
    key = {"arguments": {"columns": funnel["grain"]}}
    found.append({"unique_combination": {"name": f"{model}_has_one_row_per_grain", **key}})
    runs = {"counts_runs": True} if "enrollments" in funnel["has"] else {}
    name = f"{model}_has_no_more_recipients_than_messages"
    arguments = {"grain": funnel["grain"], **runs}
    found.append({"recipients_never_outnumber_messages": {"name": name, "arguments": arguments}})
    if "adds_up_to" in funnel:
        total = funnel["adds_up_to"]
        [coarser] = [other for other in funnels if other["model"] == total]
        arguments = {"total": f"ref('{total}')", "grain": coarser["grain"]}
        found.append({"funnel_adds_up_to": {"name": f"{model}_adds_up_to_{total}", "arguments": arguments}})
    else:
        arguments = {"grain": funnel["grain"], "of": funnel["counts"]}
        found.append({"funnel_counts_every_message": {"name": f"{model}_counts_every_message", "arguments": arguments}})
    return found


def null_without(facts, stage):
    """Which channels have null for a count of a stage, in words; nothing where all of them report it."""
    reporting = [channel for channel in facts.channels if stage in facts.stages(channel)]
    others = [channel for channel in facts.channels if channel not in reporting]
    if len(reporting) == 1:
        return f" Null for every channel but {listed(reporting)}: the others cannot report it."
    return f" Null for {listed(others)}, which cannot report it." if others else ""


def stage_doc_blocks(facts, description):
    """funnel_stages.md: the docs of each stage's time and count, with the channels that report it."""
    texts = {}
    for stage, words in description["stages"].items():
        reporting = [channel for channel in facts.channels if stage in facts.stages(channel)]
        reported = "" if len(reporting) == len(facts.channels) else f" Reported by {listed(reporting)}."
        time = f"{words['time']} UTC, of the first such event; null if there is none.{reported}"
        texts[f"{stage}_at"] = [time, "Source: `time`."]
        texts[f"{stage}_messages"] = [words["count"] + null_without(facts, stage)]
    for count, words in description["counts"].items():
        texts[count] = [words["count"] + null_without(facts, words["stage"])]
    header = "Generated from codegen/funnels.yml and seeds/event_types.csv: change them and run `make generate`."
    text = f"<!--\n{paragraphs(header)}\n-->\n"
    for name, parts in texts.items():
        text += f"\n{{% docs {name} %}}\n{paragraphs(*parts)}\n{{% enddocs %}}\n"
    return text


def wrapped(text, counted):
    """A description's paragraphs, wrapped."""
    blocks = text.replace("{counted}", counted).split("\n\n")
    return "\n\n".join(textwrap.fill(" ".join(block.split()), 88, break_on_hyphens=False) for block in blocks)


def check(description):
    """Stop where the description cannot be right."""
    funnels = description["funnels"]
    if list(description["stages"]) != STAGES:
        raise SystemExit(f"codegen/funnels.yml: the stages must be those of codegen/facts.py in their order: {STAGES}")
    for funnel in funnels:
        unknown = set(funnel["has"]) - set(OPTIONS)
        if unknown:
            raise SystemExit(f"codegen/funnels.yml: {funnel['model']} has unknown columns: {sorted(unknown)}")
        if not funnel["model"].startswith("int_") and not {"adds_up_to", "counts"} & set(funnel):
            raise SystemExit(f"codegen/funnels.yml: {funnel['model']} has neither counts nor adds_up_to")


def read_funnels():
    description = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
    check(description)
    return description


def funnel_files(facts):
    """The properties of every funnel and of its counts: dict of path to text."""
    description = read_funnels()
    files = {"models/marts/funnel_stages.md": stage_doc_blocks(facts, description)}
    for funnel in description["funnels"]:
        is_mart = not funnel["model"].startswith("int_")
        model = {
            "name": funnel["model"],
            "description": wrapped(funnel["description"], description["counted"]),
            **({"config": {"contract": {"enforced": True}}} if is_mart else {}),
            "data_tests": funnel_tests(funnel, description["funnels"], is_mart),
            "columns": funnel_columns(facts, funnel),
        }
        path = f"models/{'marts' if is_mart else 'intermediate'}/_{funnel['model']}.yml"
        files[path] = HEADER + yaml_text({"version": 2, "models": [model]})
    return files
