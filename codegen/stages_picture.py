"""assets/stages.svg: which stages each channel can report."""

from xml.sax.saxutils import escape

from codegen.facts import STAGES

LEFT, TOP, COLUMN, ROW = 186, 126, 80, 42
WIDTH = LEFT + len(STAGES) * COLUMN + 10
# Stages at which a message's way ends before it reaches anybody.
STOPPED = ("aborted", "failed", "undelivered")

STYLE = """\
  <style>
    text { font: 15px system-ui, sans-serif; fill: #1d2733 }
    .heading { font-weight: 600; font-size: 18px }
    .soft { fill: #55616e; font-size: 14px }
    .stage { text-anchor: middle; font-size: 13px }
    .way { stroke: #b7c9e6; stroke-width: 4 }
    .reported { fill: #2563c9 }
    .stopped { fill: #b3541e }
    .reached { fill: none; stroke: #0b7f6c; stroke-width: 3 }
    .none { stroke: #9aa5b1; stroke-width: 2 }
  </style>
"""


def reached_stage(facts, channel):
    """The stage by which a message of the channel counts as having reached its recipient."""
    return "delivered" if "delivered" in facts.stages(channel) else "sent"


def mark(stage, x, y):
    """A stage that is reported: a circle, or a square where the way ends. Told apart by shape, not by colour alone."""
    if stage in STOPPED:
        return f'<rect class="stopped" x="{x - 8}" y="{y - 8}" width="16" height="16" rx="2"/>'
    return f'<circle class="reported" cx="{x}" cy="{y}" r="9"/>'


def legend(y):
    entries = [
        (40, mark("created", 40, y - 5), "reported"),
        (150, mark("failed", 150, y - 5), "reported, and got no further"),
        (392, f'<circle class="reached" cx="392" cy="{y - 5}" r="13"/>', "counts as reached"),
        (568, f'<path class="none" d="M561 {y - 5}h14"/>', "cannot be reported: null"),
    ]
    return "".join(f'  {shape}<text class="soft" x="{x + 18}" y="{y}">{words}</text>\n' for x, shape, words in entries)


def channel_row(facts, channel, y):
    """One channel: its name and a mark for each stage."""
    stages = facts.stages(channel)
    places = {stage: LEFT + COLUMN // 2 + place * COLUMN for place, stage in enumerate(STAGES)}
    ends = [places[stage] for stage in stages]
    name = facts.channel_name(channel)
    row = f'  <text x="30" y="{y + 5}">{escape(name[0].upper() + name[1:])}</text>\n'
    row += f'  <path class="way" d="M{min(ends)} {y}H{max(ends)}"/>\n'
    for stage, x in places.items():
        if stage not in stages:
            row += f'  <rect x="{x - 12}" y="{y - 6}" width="24" height="12" fill="#ffffff"/>'
            row += f'<path class="none" d="M{x - 7} {y}h14"/>\n'
            continue
        row += f"  {mark(stage, x, y)}\n"
        if stage == reached_stage(facts, channel):
            row += f'  <circle class="reached" cx="{x}" cy="{y}" r="13"/>\n'
    return row


def stages_picture(facts):
    height = TOP + len(facts.channels) * ROW + 50
    words = "; ".join(
        f"{facts.channel_name(channel)}: {', '.join(facts.stages(channel))}, "
        f"reached when {reached_stage(facts, channel)}"
        for channel in facts.channels
    )
    headers = "".join(
        f'  <text class="stage" x="{LEFT + COLUMN // 2 + place * COLUMN}" y="{TOP - 26}">{stage}</text>\n'
        for place, stage in enumerate(STAGES)
    )
    rows = "".join(channel_row(facts, channel, TOP + place * ROW) for place, channel in enumerate(facts.channels))
    return (
        "<!-- Generated from seeds/event_types.csv: change the seed and run `make generate`. -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-labelledby="title description">\n'
        '  <title id="title">The stages that each channel can report</title>\n'
        f'  <desc id="description">{escape(words)}.</desc>\n'
        + STYLE
        + f'  <rect x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="10" fill="#ffffff" stroke="#d5dbe1" '
        'stroke-width="2"/>\n'
        '  <text class="heading" x="30" y="40">What each channel can report</text>\n'
        '  <text class="soft" x="30" y="64">A message passes the stages from left to right. A stage that the '
        "channel cannot report is empty in the funnels, never 0.</text>\n"
        + headers
        + rows
        + legend(height - 26)
        + "</svg>\n"
    )
