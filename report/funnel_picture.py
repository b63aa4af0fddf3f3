"""Draw the funnel of each channel, over all campaigns and dates, as one SVG picture for the docs' overview."""

from html import escape

from codegen.facts import REACHED, STAGES

WIDTH, COLUMNS, CARD, ROW, BAR = 1040, 2, 500, 26, 190
SHOWN = ["created", "sent", "delivered", "opened", "clicked"]


def share_of(facts, channel, stage, counts):
    """Return a stage's first rate in words, '92.1 % of created', or nothing. counts: dict of stage to number."""
    for rate in facts.rates():
        if rate["numerator"] == [stage] and channel not in facts.channels_without_rate(rate):
            base = facts.rate_base(rate, channel)
            total = sum(counts[part] for part in base)
            return f"{100 * counts[stage] / total:.1f} % of {' and '.join(base)}" if total else ""
    return ""


def draw_funnels(connection, facts):
    """Return SVG (str). connection: DuckDB, open on a warehouse; facts: codegen.facts.Facts."""
    counted = [*STAGES, REACHED]
    sums = ", ".join(f"sum({stage}_messages)::bigint" for stage in counted)
    totals = {
        row[0]: dict(zip(counted, row[1:], strict=True))
        for row in connection.execute(f"select channel, {sums} from channel_funnel_daily group by channel").fetchall()
    }
    channels = [channel for channel in facts.channels if channel in totals]
    card_height = len(SHOWN) * ROW + 56
    shapes, words = [], []
    for place, channel in enumerate(channels):
        counts = totals[channel]
        left = place % COLUMNS * (CARD + 40)
        top = place // COLUMNS * card_height + 34
        scale = max(counts["created"], 1)
        shapes.append(f'<text class="channel" x="{left}" y="{top}">{escape(channel)}</text>')
        for step, stage in enumerate(SHOWN):
            y = top + 14 + step * ROW
            shapes.append(f'<text x="{left}" y="{y + 14}">{stage}</text>')
            shapes.append(f'<rect class="track" x="{left + 76}" y="{y}" width="{BAR}" height="18" rx="4"/>')
            if stage not in facts.stages(channel):
                shapes.append(f'<text class="soft" x="{left + 84}" y="{y + 13}">not reported</text>')
                continue
            colour = facts.colours("light")[channel]
            width = max(BAR * min(counts[stage] / scale, 1), 1)
            share = share_of(facts, channel, stage, counts)
            shapes.append(
                f'<rect x="{left + 76}" y="{y}" width="{width:.1f}" height="18" rx="4" fill="{colour}"/>'
                f'<text class="number" x="{left + 76 + BAR + 74}" y="{y + 14}">{counts[stage]:,}</text>'
                f'<text class="soft" x="{left + 76 + BAR + 86}" y="{y + 14}">{share}</text>'
            )
        reported = ", ".join(f"{stage} {counts[stage]:,}" for stage in SHOWN if stage in facts.stages(channel))
        words.append(f"{channel}: {reported}")
    height = -(-len(channels) // COLUMNS) * card_height + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 0 {WIDTH + 40} {height}" role="img">'
        f"<title>Messages by stage and channel</title><desc>{escape('; '.join(words))}</desc>"
        "<style>text{font:13px system-ui,sans-serif;fill:#15202b}.soft{fill:#52606d;font-size:12px}"
        ".channel{font-weight:600;font-size:15px}.number{text-anchor:end;font-variant-numeric:tabular-nums}"
        f".track{{fill:#eceff3}}</style><rect x='-20' width='{WIDTH + 40}' height='{height}' fill='#fff'/>"
        + "".join(shapes)
        + "</svg>\n"
    )
