"""Pictures of what a mart is made of, from dbt's manifest: models and sources from top to bottom, as SVG."""

from xml.sax.saxutils import escape

import networkx

ROW, BOX, GAP, LETTER, MARGIN = 58, 30, 16, 7.4, 24
# The place that a line takes which passes a row.
PASSING = 14
# What says which rows a build reads, and not what they are made of.
LEFT_OUT = ("this_run/", "export/")
SOURCE_COLOUR = "#5b6673"
STYLE = """\
  <style>
    text { font: 13px system-ui, sans-serif; text-anchor: middle }
    path { fill: none; stroke: #9aa5b1; stroke-width: 1.5 }
    .mart { font-weight: 600 }
  </style>
"""


def upstream(manifest, mart):
    """Return the graph of what a mart (unique id) is made of: models and the export's tables, each arrow once."""
    graph, todo = networkx.DiGraph(), [mart]
    graph.add_node(mart)
    while todo:
        node = todo.pop()
        for parent in manifest["nodes"][node]["depends_on"]["nodes"] if node in manifest["nodes"] else ():
            kind, package, name = parent.split(".")[:3]
            of_export = kind == "source" and name == package
            model = kind == "model" and not manifest["nodes"][parent]["path"].startswith(LEFT_OUT)
            if of_export or model:
                if parent not in graph:
                    todo.append(parent)
                graph.add_edge(parent, node)
    return networkx.transitive_reduction(graph)


def rows_of(graph):
    """Return the rows (list of lists) of a graph, what is read first on top; an arrow over several rows passes each.

    A member of a row is a node, or (node, node, row) where an arrow passes. The second value is a list of the steps
    from one row to the next: (upper, lower).
    """
    generations = list(networkx.topological_generations(graph.reverse()))[::-1]
    row_of = {node: row for row, nodes in enumerate(generations) for node in nodes}
    rows = [sorted(nodes) for nodes in generations]
    steps = []
    for parent, child in sorted(graph.edges):
        way = [parent, *((parent, child, row) for row in range(row_of[parent] + 1, row_of[child])), child]
        for passing in way[1:-1]:
            rows[passing[2]].append(passing)
        steps += zip(way, way[1:], strict=False)
    return rows, steps


def untangle(rows, steps):
    """Put each row in the order of the middle of its neighbours, from above and from below in turn."""
    for turn in range(12):
        down = turn % 2 == 0
        for row in range(len(rows)) if down else reversed(range(len(rows))):
            beside = row - 1 if down else row + 1
            if not 0 <= beside < len(rows):
                continue
            places = {member: place / max(len(rows[beside]) - 1, 1) for place, member in enumerate(rows[beside])}
            pairs = [(lower, upper) if down else (upper, lower) for upper, lower in steps]
            middle = {}
            for place, member in enumerate(rows[row]):
                found = [places[other] for one, other in pairs if one == member and other in places]
                middle[member] = sum(found) / len(found) if found else place / max(len(rows[row]) - 1, 1)
            rows[row].sort(key=middle.get)


def ink_on(colour):
    """The colour of text on a ground (#rrggbb): white, or dark where the ground is light."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < 140 else "#1d2733"


def width_of(member):
    """The width of a member of a row: a box with a name, or a line that passes."""
    return PASSING if isinstance(member, tuple) else round(len(member.split(".")[-1]) * LETTER) + 26


def draw_lineage(manifest, mart):
    """Return the picture (SVG as str) of what a mart (unique id) is made of."""
    graph = upstream(manifest, mart)
    rows, steps = rows_of(graph)
    untangle(rows, steps)
    widths = [sum(map(width_of, row)) + GAP * (len(row) - 1) for row in rows]
    width, height = max(widths) + 2 * MARGIN, len(rows) * ROW + 2 * MARGIN - (ROW - BOX)
    places = {}
    for number, row in enumerate(rows):
        left = (width - widths[number]) / 2
        for member in row:
            places[member] = (left + width_of(member) / 2, MARGIN + number * ROW)
            left += width_of(member) + GAP
    lines, boxes = "", ""
    for upper, lower in steps:
        (x, y), (to_x, to_y) = places[upper], places[lower]
        lines += f'  <path d="M{x:g} {y + BOX}C{x:g} {to_y - 6} {to_x:g} {y + BOX + 6} {to_x:g} {to_y}'
        lines += f'v{BOX}"/>\n' if isinstance(lower, tuple) else '"/>\n'
    for member, (x, y) in places.items():
        if isinstance(member, tuple):
            continue
        colour = manifest["nodes"].get(member, {}).get("docs", {}).get("node_color") or SOURCE_COLOUR
        box = width_of(member)
        boxes += f'  <rect x="{x - box / 2:g}" y="{y}" width="{box}" height="{BOX}" rx="5" fill="{colour}"/>'
        kind = ' class="mart"' if member == mart else ""
        text = escape(member.split(".")[-1])
        boxes += f'<text{kind} x="{x:g}" y="{y + 20}" fill="{ink_on(colour)}">{text}</text>\n'
    name = mart.split(".")[-1]
    words = []
    for child in networkx.lexicographical_topological_sort(graph):
        if parents := sorted(parent.split(".")[-1] for parent in graph.predecessors(child)):
            words.append(f"{child.split('.')[-1]} from {', '.join(parents)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" width="{width:g}" role="img" '
        'aria-labelledby="title description">\n'
        f'  <title id="title">What {name} is made of</title>\n'
        f'  <desc id="description">{escape("; ".join(words))}.</desc>\n'
        f'{STYLE}  <rect width="{width:g}" height="{height}" rx="10" fill="#ffffff"/>\n{lines}{boxes}</svg>\n'
    )
