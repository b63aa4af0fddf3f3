"""Draw the funnel of each channel, over all campaigns and dates, as one SVG picture for the docs' overview."""

from html import escape

from codegen.facts import REACHED

WIDTH, COLUMNS, CARD, ROW = 960, 2, 460, 24
SHOWN = ["created", "sent", "delivered", "opened", "clicked"]
COLOURS = {
    "push": "#2563c9",
    "sms": "#0b7f6c",
    "kakaoalimtalk": "#a86a00",
    "kakaobrandmessage": "#7d4bc4",
    "email": "#c03a76",
    "iam": "#55687a",
}


def draw_funnels(connection, facts):
    """Return SVG (str). connection: DuckDB, open on a warehouse; facts: codegen.facts.Facts."""
    sums = ", ".join(f"sum({stage}_messages)::bigint" for stage in (*SHOWN, REACHED))
    counts = {
        row[0]: dict(zip((*SHOWN, REACHED), row[1:], strict=True))
        for row in connection.execute(f"select channel, {sums} from channel_funnel_daily group by channel").fetchall()
    }
    channels = [channel for channel in facts.channels if channel in counts]
    height = -(-len(channels) // COLUMNS) * (len(SHOWN) * ROW + 56) + 30
    shapes = []
    for place, channel in enumerate(channels):
        left = place % COLUMNS * (CARD + 40)
        top = place // COLUMNS * (len(SHOWN) * ROW + 56) + 24
        shapes.append(f'<text class="channel" x="{left}" y="{top}">{escape(channel)}</text>')
        scale = max(counts[channel]["created"], 1)
        for step, stage in enumerate(SHOWN):
            y = top + 14 + step * ROW
            count = counts[channel][stage]
            shapes.append(f'<text x="{left}" y="{y + 14}">{stage}</text>')
            shapes.append(f'<rect class="track" x="{left + 80}" y="{y}" width="270" height="18" rx="4"/>')
            if stage not in facts.stages(channel):
                shapes.append(f'<text class="soft" x="{left + 88}" y="{y + 13}">not reported</text>')
                continue
            colour = COLOURS.get(channel, "#2563c9")
            width = max(270 * min(count / scale, 1), 1)
            shapes.append(
                f'<rect x="{left + 80}" y="{y}" width="{width:.1f}" height="18" rx="4" fill="{colour}"/>'
                f'<text class="number" x="{left + 424}" y="{y + 14}">{count:,}</text>'
            )
    words = "; ".join(
        f"{channel}: "
        + ", ".join(f"{stage} {counts[channel][stage]:,}" for stage in SHOWN if counts[channel][stage] is not None)
        for channel in channels
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 0 {WIDTH + 32} {height}" role="img">'
        f"<title>Messages by stage and channel</title><desc>{escape(words)}</desc>"
        "<style>svg{background:#fff}text{font:13px system-ui,sans-serif;fill:#15202b}.soft{fill:#52606d;font-size:11px}"
        ".channel{font-weight:600;font-size:15px}.number{text-anchor:end;font-variant-numeric:tabular-nums}"
        ".track{fill:#eceff3}</style>" + "".join(shapes) + "</svg>\n"
    )
