"""The picture of what a mart is made of shows models and the export, each arrow once, from top to bottom."""

from xml.etree import ElementTree

from report.lineage import draw_lineage, rows_of, upstream

NAMESPACE = {"svg": "http://www.w3.org/2000/svg"}


def manifest(**parents):
    """A manifest of models by name, each with its parents (text with spaces); `in_` begins models of this_run."""
    nodes = {}
    for name, text in parents.items():
        folder = "this_run" if name.startswith("in_") else "marts"
        nodes[f"model.flarelane.{name}"] = {
            "path": f"{folder}/{name}.sql",
            "depends_on": {"nodes": [one if "." in one else f"model.flarelane.{one}" for one in text.split()]},
            "docs": {"node_color": "#b79be0"},
        }
    return {"nodes": nodes}


EXPORT = "source.flarelane.flarelane.crm_events"
# b is also read by d, two rows below; the scope, the seed and what an earlier run left are no part of it.
SMALL = manifest(
    in_scope=EXPORT,
    a=f"{EXPORT} in_scope",
    b="a in_scope source.flarelane.previous_run.b",
    c="b a seed.flarelane.channels",
    d="c b",
    of_others="a",
)


def edges(graph):
    return {(parent.split(".")[-1], child.split(".")[-1]) for parent, child in graph.edges}


def test_models_and_the_export_are_shown_and_each_way_once():
    assert edges(upstream(SMALL, "model.flarelane.d")) == {("crm_events", "a"), ("a", "b"), ("b", "c"), ("c", "d")}


def test_a_line_over_several_rows_passes_each():
    found = manifest(a=EXPORT, b="a", c="b", d="a", e="c d")
    rows, steps = rows_of(upstream(found, "model.flarelane.e"))

    names = [[part.split(".")[-1] for part in row if isinstance(part, str)] for row in rows]
    passing = [sum(isinstance(part, tuple) for part in row) for row in rows]
    assert names == [["crm_events"], ["a"], ["b"], ["c", "d"], ["e"]]
    assert passing == [0, 0, 1, 0, 0]
    assert len(steps) == 7


def test_the_picture_can_be_read_out_and_nothing_overlaps():
    found = manifest(a=EXPORT, b="a", c="b", d="a", e="c d")
    picture = ElementTree.fromstring(draw_lineage(found, "model.flarelane.e"))

    assert picture.find("svg:title", NAMESPACE).text == "What e is made of"
    assert picture.find("svg:desc", NAMESPACE).text == ("a from crm_events; b from a; c from b; d from a; e from c, d.")
    ground, *boxes = picture.findall("svg:rect", NAMESPACE)
    assert ground.get("fill") == "#ffffff"
    places = sorted((float(box.get("y")), float(box.get("x")), float(box.get("width"))) for box in boxes)
    assert len(places) == 6
    assert all(
        y < next_y or x + width < next_x for (y, x, width), (next_y, next_x, _) in zip(places, places[1:], strict=False)
    )
    assert places[-1][1] + places[-1][2] < float(ground.get("width"))


def test_names_are_dark_on_a_light_ground():
    picture = draw_lineage(SMALL, "model.flarelane.d")
    assert 'fill="#1d2733">d<' in picture and 'fill="#ffffff">crm_events<' in picture
